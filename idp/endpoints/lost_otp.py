"""The link of the mail "Deactivate OTP". Opening it shows a page; only its button acts: scanners open it, too.

It counts once, in the browser that asked, while the session lives whose password opened the way: the device cookie,
and the session cookie with its User-Agent binding, are both asked for (MF-15, RC-05).
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.account import Account
from idp.accounts.identifiers import mask_email, mask_phone
from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials import otp_recoveries
from idp.credentials.otp_recoveries import OtpRecovery, RecoveryState
from idp.interaction.flow import Flow, FlowBroken, Memo
from idp.interaction.lost_otp import CODE_PATH, LINK_PATH, text_code
from idp.interaction.opening import flow_sealer
from idp.lifecycle.notices import browser_name
from idp.web.forms import read_form
from idp.web.pages import PageError
from idp.web.scope import PageScope, open_scope

router = APIRouter()
_LONGEST_TOKEN = 64


@dataclass(frozen=True, slots=True)
class _Link:
    """What a link is worth in this browser now: `ready`, `continue`, `used`, `expired`, `device` or `no_phone`."""

    state: str
    recovery: OtpRecovery | None = None
    account: Account | None = None


@router.api_route(LINK_PATH, methods=["GET", "HEAD"], response_model=None)
async def show_link(request: Request) -> Response:
    scope = await open_scope(request)
    token = request.query_params.get("t", "")[:_LONGEST_TOKEN]
    async with scope.wiring.database.reading() as db:
        link = await _read(db, scope, token)
    notice = "ua_changed" if scope.sessions.browser_changed else None
    return scope.page("lost_otp_link.html", state=link.state, notice=notice, **_words(scope, link, token))


@router.post(LINK_PATH, response_model=None)
async def send_sms(request: Request) -> Response:
    scope = await open_scope(request)
    form = await read_form(request)
    token = form.one("token")[:_LONGEST_TOKEN]
    here = f"{LINK_PATH}?{urlencode({'t': token})}"
    if not scope.is_own_form(form.one("csrf")):
        return scope.redirect(here)
    async with scope.wiring.database.writing() as db:
        link = await _read(db, scope, token)
        if link.state != "ready" or link.recovery is None or link.account is None:
            return scope.redirect(here)  # its GET says why
        recovery = await _prove_mailbox(db, scope, token, link.recovery)
        if recovery is None:
            return scope.redirect(here)
        refused = await text_code(db, scope, recovery, link.account)
    return scope.redirect(_code_url(scope, recovery, refused, notice="" if refused else "sms_sent"))


async def _read(db: AsyncConnection, scope: PageScope, token: str) -> _Link:
    recovery = await otp_recoveries.find_by_link(db, token)
    if recovery is None:
        return _Link("expired")
    entry = scope.sessions.find(recovery.session_id)
    is_here = recovery.device_id == scope.device_id
    is_waiting = is_here and entry is not None and not entry.session.is_active
    if recovery.state is not RecoveryState.ASKED:
        goes_on = is_waiting and recovery.awaits_code(
            session_id=recovery.session_id, device_id=scope.device_id, now=scope.now
        )
        return _Link("continue" if goes_on else "used", recovery)
    if recovery.expires_at <= scope.now:
        return _Link("expired")
    if not is_here:
        return _Link("device", recovery)
    if entry is None or not is_waiting:
        return _Link("expired")
    return _Link("ready" if entry.account.phone_is_verified else "no_phone", recovery, entry.account)


async def _prove_mailbox(
    db: AsyncConnection, scope: PageScope, token: str, recovery: OtpRecovery
) -> OtpRecovery | None:
    lifetime = int(scope.wiring.settings.sms_code_lifetime.total_seconds())
    proven = await otp_recoveries.prove_mailbox(
        db,
        token,
        session_id=recovery.session_id,
        device_id=scope.device_id,
        now=scope.now,
        expires_at=scope.now + lifetime,
    )
    if proven is not None:
        await record(
            db,
            Event.LOST_OTP_MAILBOX_PROVEN,
            outcome="success",
            origin=scope.origin,
            account_id=proven.account_id,
            session_id=proven.session_id,
            details={"recovery": proven.id},
        )
    return proven


def _words(scope: PageScope, link: _Link, token: str) -> dict[str, Any]:
    """The page's variables. Another browser learns who asked, and nothing about the account."""
    words: dict[str, Any] = {"again_url": "/login"}
    recovery, account = link.recovery, link.account
    if recovery is not None and link.state in {"ready", "device", "no_phone"}:
        words |= {
            "asked_at": recovery.created_at,
            "asked_browser": browser_name(recovery.user_agent),
            "asked_address": recovery.address or "",
        }
    if account is not None:
        words |= {"hint": mask_email(account.login_email), "masked_phone": mask_phone(account.phone or "")}
    if link.state == "ready":
        words |= {"action": LINK_PATH, "token": token}
    if link.state == "continue" and recovery is not None:
        words["code_url"] = _code_url(scope, recovery)
    return words


def _code_url(scope: PageScope, recovery: OtpRecovery, error: PageError | None = None, *, notice: str = "") -> str:
    """On with the login that the mail was asked from, in this tab."""
    sealer = flow_sealer(scope.wiring)
    try:
        flow = sealer.open(recovery.flow)
    except FlowBroken:  # sealed by a release whose flows are gone
        flow = Flow.begin(device_id=scope.device_id, now=scope.now)
    memo = {Memo.LOST_OTP: recovery.id, Memo.CHOSEN_SESSION: recovery.session_id}
    flow = flow.without_messages().remembering(**memo)
    flow = flow.with_errors((error,), {}) if error else flow.with_notice(notice)
    return sealer.url(CODE_PATH, flow)
