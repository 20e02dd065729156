"""Email (or login name) and password, on one page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account
from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials import store as credentials
from idp.credentials.password_hashing import PasswordTooLong, Place
from idp.interaction.attempts import (
    looks_like_guessing,
    many_failures_from_here,
    note_failure_from_here,
    password_counter,
    reserve_attempt,
    too_many_from_here,
)
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts, Person
from idp.interaction.flow import Flow, Memo
from idp.interaction.prompt import Completed, Outcome, Rejected
from idp.interaction.requirements import needs_password
from idp.interaction.sign_in import sign_in
from idp.interaction.unusual_sign_in import warn_of_found_password
from idp.protocol.errors import ErrorCode
from idp.sessions.evidence import Factor
from idp.throttling import attempts
from idp.web.captcha import captcha_view, check_captcha
from idp.web.forms import Form
from idp.web.pages import PageError

_FAILED = PageError("password", "login.failed")
_KEPT_WHEN_BUSY = {"username", "remember"}


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What the password turned out to be. `account` may be unknown: the attempt took just as long."""

    account: Account | None
    matches: bool
    counter: str
    old_hash: str | None = None
    new_hash: str | None = None


class Login:
    name = "login"
    path = "/login"
    template = "login.html"
    error = ErrorCode.LOGIN_REQUIRED

    def needed(self, flow: Flow, facts: Facts) -> bool:
        return needs_password(flow, facts)

    def reachable(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        values = dict(conversation.flow.values)
        if "username" not in values:
            values["username"] = _suggested_name(conversation)
        guessing = await _is_guessing(conversation, values["username"])
        captcha = await captcha_view(conversation.scope, self.name, values) if guessing else {}
        return self.template, {**self.context(conversation, values), **captcha}

    async def is_plain(self, conversation: Conversation) -> bool:
        """Whether the page has nothing to tell, and knows nothing of its visitor: most people see this one."""
        flow = conversation.flow
        if flow.errors or flow.values or flow.notice or Memo.WANTS_LOGIN in flow.memo:
            return False
        return not _suggested_name(conversation) and not await many_failures_from_here(conversation)

    def is_busy(self, conversation: Conversation) -> bool:
        """Whether all that it tells is that there was no room to check the password: in a flood, most people see this
        one, with their own name in it.

        Whether somebody guesses at that name is not asked: whoever had a CAPTCHA has its waiting in the form, and gets
        another one; who had none is asked for it when there is room. Without the three look-ups the page takes 0.11 ms
        in a flood instead of 0.20.
        """
        flow = conversation.flow
        if [error.message for error in flow.errors] != ["busy"] or flow.notice or Memo.WANTS_LOGIN in flow.memo:
            return False
        return bool(flow.values.get("username")) and flow.values.keys() <= _KEPT_WHEN_BUSY

    def context(self, conversation: Conversation, values: Mapping[str, str]) -> dict[str, Any]:
        """The template's variables, but for a CAPTCHA."""
        flow = conversation.flow
        recovery = flow.without_messages()
        if flow.values or values["username"]:
            recovery = recovery._replace(values={"username": values["username"]})
        return {
            "action": conversation.url(self.path),
            "register_url": conversation.url("/register", flow.without_messages().forgetting(Memo.WANTS_LOGIN)),
            "recovery_url": conversation.url("/recovery", recovery),
            "values": values,
            "awaits_session": not conversation.scope.sessions.entries,
        }

    async def prepare(self, conversation: Conversation, form: Form) -> _Attempt | Rejected:
        username, password = form.one("username").strip()[:320], form.one("password")
        values = _kept(form)
        errors = [
            PageError(field, message)
            for field, given, message in (
                ("username", username, "login.username_missing"),
                ("password", password, "login.password_missing"),
            )
            if not given
        ]
        if errors:
            return Rejected(tuple(errors), values)
        limit = conversation.wiring.settings.login_address_limit
        if refused := await too_many_from_here(conversation, "login", limit):
            return Rejected((refused,), values)
        wiring = conversation.wiring
        wiring.hasher.refuse_if_full()  # before a CAPTCHA is spent
        account = await wiring.accounts.find_by_identifier(username)
        stored = await wiring.passwords.find_hash(account.id) if account else None
        counter = await password_counter(conversation, account, username)
        is_asked = await looks_like_guessing(conversation, counter)
        # Who has to wait is told so, and solves nothing in vain.
        is_asked = is_asked and not await wiring.attempts.seconds_blocked(counter, conversation.now)
        if is_asked and (refused := await check_captcha(conversation.scope, form, self.name)):
            return Rejected((refused,), values)
        with conversation.wiring.hasher.place() as place:
            if refused := await reserve_attempt(conversation, counter):
                return Rejected((refused,), values)
            return await _checked(conversation, account, stored, password=password, counter=counter, place=place)

    async def submit(self, db: AsyncConnection, conversation: Conversation, form: Form, prepared: _Attempt) -> Outcome:
        # Both are read again: a lock or a new password that came while this one was hashed wins (TK-19).
        account = await accounts.find(db, prepared.account.id) if prepared.account else None
        if account is None or not account.is_active or not await _still_matches(db, prepared):
            await record(
                db,
                Event.LOGIN_FAILED,
                outcome="failure",
                origin=conversation.scope.origin,
                account_id=account.id if account else None,
            )
            await note_failure_from_here(db, conversation)
            return Rejected((_FAILED,), _kept(form))
        tried = await attempts.clear(db, prepared.counter)
        await warn_of_found_password(db, conversation, account, attempts=tried)
        if prepared.new_hash and prepared.old_hash:
            await credentials.replace_hash(db, account.id, old_hash=prepared.old_hash, new_hash=prepared.new_hash)
        person = Person(account, await credentials.has_active_otp(db, account.id))
        session_id = await sign_in(
            db,
            conversation,
            account,
            factor=Factor.PASSWORD,
            has_otp=person.has_otp,
            remembered=form.one("remember") == "1",
        )
        flow = conversation.flow.without_messages().forgetting(Memo.ANOTHER_ACCOUNT, Memo.REGISTERING)
        return Completed(flow.remembering(**{Memo.CHOSEN_SESSION: session_id}), person)


async def _is_guessing(conversation: Conversation, username: str) -> bool:
    """For the page: the same question that the form will be asked, about the name that stands in it."""
    if not username:  # which nobody can try: it has no counter
        return await many_failures_from_here(conversation)
    account = await conversation.wiring.accounts.find_by_identifier(username)
    counter = await password_counter(conversation, account, username)
    return await looks_like_guessing(conversation, counter)


def _kept(form: Form) -> dict[str, str]:
    return {
        "username": form.one("username").strip()[:320],
        "remember": form.one("remember"),
        "captcha_wait": form.one("captcha_wait")[:100],
    }


async def _still_matches(db: AsyncConnection, attempt: _Attempt) -> bool:
    if attempt.account is None or not attempt.matches:
        return False
    return await credentials.is_current_hash(db, attempt.account.id, attempt.old_hash)


async def _checked(
    conversation: Conversation,
    account: Account | None,
    stored: str | None,
    *,
    password: str,
    counter: str,
    place: Place,
) -> _Attempt:
    """One argon2 verification for everybody, known or not (PW-10)."""
    hasher = conversation.wiring.hasher
    try:
        verified = await hasher.verify(stored, password, place=place)
        is_outdated = verified.matches and verified.needs_rehash
        new_hash = await hasher.hash(password, place=place) if is_outdated else None
    except PasswordTooLong:
        return _Attempt(account, matches=False, counter=counter)
    return _Attempt(account, verified.matches, counter, old_hash=stored, new_hash=new_hash)


def _suggested_name(conversation: Conversation) -> str:
    if conversation.facts.account is not None:
        return conversation.facts.account.login_email
    request = conversation.flow.request
    return (request.login_hint or "") if request else ""
