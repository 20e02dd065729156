"""Turns a proven factor into evidence: opens or renews the browser session, and tells the owner of a new device.

A session is active once everything the account itself demands is proven: the password, the OTP if it has one, and the
email address. Until then it is partial. Every gain changes the cookie's secret (SE-01).
"""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account
from idp.audit.events import Event
from idp.audit.record import record
from idp.devices import store as devices
from idp.interaction.conversation import Conversation
from idp.interaction.flow import Memo
from idp.lifecycle.notices import mail_owner
from idp.protocol.user_agent_binding import BindingMode, bind
from idp.sealing import new_id
from idp.sessions import store as sessions
from idp.sessions.evidence import Evidence, Factor
from idp.sessions.session import BrowserSession, Lifetime, SessionStatus
from idp.settings import Settings
from idp.web.browser_sessions import SignedIn


async def sign_in(
    db: AsyncConnection,
    conversation: Conversation,
    account: Account,
    *,
    factor: Factor,
    has_otp: bool,
    remembered: bool = False,
) -> str:
    """Records the factor in this browser's session of the account; returns the session's id."""
    scope = conversation.scope
    entry = next((entry for entry in scope.sessions.entries if entry.account.id == account.id), None)
    before = entry.session if entry else None
    session = before or _new_session(conversation, account, remembered=remembered)
    evidence = session.evidence.proven(factor, at=scope.now, flow_id=conversation.flow.id)
    session = _grown(conversation, account, replace(session, evidence=evidence), has_otp=has_otp)
    if before is not None and before.is_active and factor is not Factor.PASSWORD:
        session = replace(session, expires_at=before.expires_at)  # a stronger login is no longer one
    secret = await (sessions.insert_session(db, session) if before is None else sessions.renew(db, session))
    if secret is None:  # ended by another request in this very moment: sign in anew
        scope.sessions.remove(session.id)
        return session.id
    scope.sessions.put_first(SignedIn(secret, session, account))
    if session.is_active:
        await _tell(db, conversation, account, session, was_active=before is not None and before.is_active)
    return session.id


async def activate_session(db: AsyncConnection, conversation: Conversation, account: Account, *, has_otp: bool) -> None:
    """After the email was verified: the partial session of this browser becomes active, if nothing else is missing."""
    scope = conversation.scope
    entry = next((entry for entry in scope.sessions.entries if entry.account.id == account.id), None)
    if entry is None or entry.session.is_active:
        return
    session = _grown(conversation, account, entry.session, has_otp=has_otp)
    secret = await sessions.renew(db, session) if session.is_active else None
    if secret is not None:
        scope.sessions.put_first(SignedIn(secret, session, account))
        await _tell(db, conversation, account, session, was_active=False)


def _new_session(conversation: Conversation, account: Account, *, remembered: bool) -> BrowserSession:
    scope = conversation.scope
    mode = BindingMode(scope.wiring.settings.user_agent_policy.value)
    return BrowserSession(
        id=new_id(),
        account_id=account.id,
        device_id=scope.device_id,
        status=SessionStatus.PARTIAL,
        evidence=Evidence(),
        remembered=remembered,
        binding=bind(mode, scope.agent),
        created_at=scope.now,
        last_seen_at=scope.now,
        idle_expires_at=scope.now,
        expires_at=scope.now,
    )


def _grown(conversation: Conversation, account: Account, session: BrowserSession, *, has_otp: bool) -> BrowserSession:
    """The session with the status and the lifetime that its evidence is worth."""
    evidence, settings = session.evidence, conversation.wiring.settings
    is_complete = (
        evidence.password is not None and account.email_is_verified and (not has_otp or evidence.otp is not None)
    )
    status = SessionStatus.ACTIVE if session.is_active or is_complete else SessionStatus.PARTIAL
    lifetime = session_lifetime(settings, status, remembered=session.remembered)
    return replace(session, status=status).aged(lifetime, conversation.now, keeps_age=False)


def session_lifetime(settings: Settings, status: SessionStatus, *, remembered: bool) -> Lifetime:
    if status is SessionStatus.PARTIAL:
        return Lifetime(settings.partial_session_lifetime, settings.partial_session_lifetime)
    if remembered:
        return Lifetime(settings.remembered_session_idle, settings.remembered_session_lifetime)
    return Lifetime(settings.session_idle, settings.session_lifetime)


async def _tell(
    db: AsyncConnection, conversation: Conversation, account: Account, session: BrowserSession, *, was_active: bool
) -> None:
    """The audit log of every login; the owner of one on a device never seen before (F2.7)."""
    scope = conversation.scope
    event = Event.STEP_UP_SUCCEEDED if was_active else Event.LOGIN_SUCCEEDED
    client_id = conversation.flow.request.client_id if conversation.flow.request else None
    await record(
        db,
        event,
        outcome="success",
        origin=scope.origin,
        account_id=account.id,
        client_id=client_id,
        session_id=session.id,
        details={"amr": session.evidence.amr},
    )
    is_new = await devices.record_login(db, scope.device_id, account.id, scope.origin.user_agent or "", scope.now)
    if is_new and not was_active and Memo.REGISTERING not in conversation.flow.memo:
        keys = conversation.wiring.master_keys
        await mail_owner(db, keys, account, kind="new_device", origin=scope.origin)
