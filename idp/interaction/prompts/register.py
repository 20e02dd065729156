"""A new account: the form, and the first verification code. A known address gets the same answer (SO-01)."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account, new_account_id
from idp.accounts.identifiers import InvalidEmail, InvalidPhone, normalise_email, normalise_phone
from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials import store as credentials
from idp.interaction.attempts import too_many_from_here
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.new_passwords import password_error
from idp.interaction.prompt import Completed, Outcome, Rejected
from idp.interaction.requirements import needs_password
from idp.interaction.verification_codes import send_email_code
from idp.lifecycle.sms_limits import sms_limits_of
from idp.protocol.errors import ErrorCode
from idp.web.captcha import captcha_view, check_captcha
from idp.web.forms import Form
from idp.web.pages import PageError

_NAME_LENGTH = 80
_KEPT_FIELDS = ("given_name", "family_name", "email", "phone", "agree", "captcha_wait")


@dataclass(frozen=True, slots=True)
class _Applicant:
    account: Account
    password_hash: str


class Register:
    name = "register"
    path = "/register"
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, flow: Flow, _facts: Facts) -> bool:
        """Initiating User Registration §4: `prompt=create` opens this page instead of the login page."""
        if flow.request is None or "create" not in flow.request.prompt:
            return False
        return flow.memo.keys().isdisjoint((Memo.REGISTERING, Memo.WANTS_LOGIN, Memo.CHOSEN_SESSION))

    def reachable(self, flow: Flow, facts: Facts) -> bool:
        return needs_password(flow, facts)

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        to_login = conversation.flow.without_messages().remembering(**{Memo.WANTS_LOGIN: "1"})
        request = conversation.flow.request
        values = dict(conversation.flow.values)
        if request is not None and request.login_hint and "@" in request.login_hint:
            values.setdefault("email", request.login_hint)
        return "register.html", {
            "action": conversation.url(self.path),
            "login_url": conversation.url("/login", to_login.forgetting(Memo.REGISTERING)),
            "minimum_length": conversation.wiring.settings.password_minimum_length,
            "values": values,
            **await captcha_view(conversation.scope, self.name, values),
        }

    async def prepare(self, conversation: Conversation, form: Form) -> _Applicant | Rejected:
        values = {name: form.one(name)[:320] for name in _KEPT_FIELDS}
        account, errors = _read_account(conversation, form)
        errors += await _password_errors(conversation, form)
        if form.one("agree") != "1":
            errors.append(PageError("agree", "agree.missing"))
        if errors or account is None:
            return Rejected(tuple(errors), values)
        limit = conversation.wiring.settings.registration_address_limit
        if refused := await too_many_from_here(conversation, "register", limit):
            return Rejected((refused,), values)
        conversation.wiring.hasher.refuse_if_full()  # before a CAPTCHA is spent
        if refused := await check_captcha(conversation.scope, form, self.name):
            return Rejected((refused,), values)
        # Hashed for a known address too, so that both answers take the same time.
        return _Applicant(account, await conversation.wiring.hasher.hash(form.one("password")))

    async def submit(
        self, db: AsyncConnection, conversation: Conversation, _form: Form, prepared: _Applicant
    ) -> Outcome:
        account, email = prepared.account, prepared.account.login_email
        is_new = await accounts.replace_unverified(db, account)
        if not is_new:
            # The same rows are written, without the address: the person may still correct a mistyped one.
            await accounts.insert(db, replace(account, login_email=f"taken:{account.id}"))
        await credentials.set_password(db, account.id, prepared.password_hash, conversation.now)
        await record(
            db,
            Event.REGISTRATION if is_new else Event.REGISTRATION_OF_EXISTING_ACCOUNT,
            outcome="success",
            origin=conversation.scope.origin,
            account_id=account.id,
            details={"terms_version": conversation.wiring.settings.terms_version},
        )
        sent = await send_email_code(
            db, conversation, account=account if is_new else None, email=email, transaction_id=None
        )
        flow = conversation.flow.without_messages().forgetting(Memo.CHOSEN_SESSION, Memo.WANTS_LOGIN, Memo.EMAIL_CODES)
        if isinstance(sent, str):
            flow = flow.remembering(**{Memo.EMAIL_CODES: sent})
        return Completed(flow.remembering(**{Memo.REGISTERING: "1", Memo.EMAIL: email, Memo.APPLICANT: account.id}))


def _read_account(conversation: Conversation, form: Form) -> tuple[Account | None, list[PageError]]:
    errors = []
    given, family = form.one("given_name").strip(), form.one("family_name").strip()
    for field, value in (("given_name", given), ("family_name", family)):
        if not value or len(value) > _NAME_LENGTH:
            errors.append(PageError(field, "name.too_long" if value else f"{field}.missing"))
    email = phone = ""
    try:
        email = normalise_email(form.one("email"))
    except InvalidEmail:
        errors.append(PageError("email", "email.invalid" if form.one("email").strip() else "email.missing"))
    try:
        phone = normalise_phone(form.one("phone"))
    except InvalidPhone as problem:
        key = f"phone.{problem.reason}" if form.one("phone").strip() else "phone.missing"
        errors.append(PageError("phone", key))
    if phone and not sms_limits_of(conversation.wiring.settings).serves(phone):
        errors.append(PageError("phone", "phone.country"))
    if errors:
        return None, errors
    account = Account(
        id=new_account_id(),
        login_email=email,
        phone=phone,
        locale=conversation.locale,
        profile={"given_name": given, "family_name": family, "name": f"{given} {family}"},
        terms_version=conversation.wiring.settings.terms_version,
        terms_accepted_at=conversation.now,
        created_at=conversation.now,
        updated_at=conversation.now,
    )
    return account, []


async def _password_errors(conversation: Conversation, form: Form) -> list[PageError]:
    known = (form.one("email"), form.one("given_name"), form.one("family_name"))
    error = await password_error("password", form.one("password"), settings=conversation.wiring.settings, known=known)
    return [error] if error else []
