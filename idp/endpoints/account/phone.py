"""`/account/phone`: another phone number, proven by its code before it replaces the old one (F11, RC-18)."""

from fastapi import APIRouter
from starlette.responses import Response

from idp.accounts.identifiers import InvalidPhone, format_phone, mask_phone, normalise_phone
from idp.credentials.one_time_codes import CodeRefusal, LiveCode, seconds_until_resend
from idp.credentials.otp import digits_of
from idp.endpoints.account.confirm import ask_for_proof
from idp.endpoints.account.one_shot import read_message, read_values
from idp.endpoints.account.renewing import renew_session
from idp.endpoints.account.signed_in import AccountScope, account_page
from idp.interaction.phone_change import PhoneChange
from idp.lifecycle.sms_limits import sms_limits_of
from idp.web.code_delivery import held_up_notice
from idp.web.forms import read_form
from idp.web.pages import PageError

router = APIRouter()

_SECURITY = "/account/security"
_PHONE = "/account/phone"
_CODE = "/account/phone/code"
_SEND = "/account/phone/send"
_GONE = PageError("phone", "phone.start_again")


@router.api_route(_PHONE, methods=["GET", "HEAD"], response_model=None)
@account_page
async def phone_page(opened: AccountScope) -> Response:
    scope, account = opened.scope, opened.account
    notice, errors = read_message(scope, account_id=account.id)
    return scope.page(
        "account/phone.html",
        notice=notice,
        errors=errors,
        values=dict(read_values(scope, account_id=account.id)),
        action=_PHONE,
        back_url=_SECURITY,
        masked_phone=mask_phone(account.phone) if account.phone else "",
        logout_url="/logout",
        signed_in_as=account.login_email,
    )


@router.post(_PHONE, response_model=None)
@account_page
async def phone_submit(opened: AccountScope) -> Response:
    scope = opened.scope
    form = await read_form(scope.request)
    typed = form.one("phone").strip()
    values = {"phone": typed[:40]}
    if not scope.is_own_form(form.one("csrf")):
        return opened.say(_PHONE, error=PageError("", "stale"), values=values)
    phone = _read_number(opened, typed)
    if isinstance(phone, PageError):
        return opened.say(_PHONE, error=phone, values=values)
    if (asked := await ask_for_proof(opened, _PHONE, values)) is not None:
        return asked
    async with scope.wiring.database.writing() as db:
        refused = await _change(opened).start(db, phone)
    if refused is not None:
        return opened.say(_PHONE, error=refused, values=values)
    return opened.say(_CODE, notice="sms_sent")


@router.api_route(_CODE, methods=["GET", "HEAD"], response_model=None)
@account_page
async def code_page(opened: AccountScope) -> Response:
    scope = opened.scope
    async with scope.wiring.database.reading() as db:
        waiting = await _change(opened).find(db)
        wait = await seconds_until_resend(db, waiting.transaction_id, scope.now) if waiting else 0
    if waiting is None:
        return scope.redirect(_PHONE)
    notice, errors = read_message(scope, account_id=opened.account.id)
    held_up = await held_up_notice(scope.wiring, waiting.transaction_id)
    return scope.page(
        "account/phone_code.html",
        notice=held_up.get("notice", notice),
        errors=errors,
        action=_CODE,
        resend_action=_SEND,
        change_url=_PHONE,
        new_phone=format_phone(waiting.target),
        seconds_until_resend=wait,
        logout_url="/logout",
        signed_in_as=opened.account.login_email,
    )


@router.post(_CODE, response_model=None)
@account_page
async def code_submit(opened: AccountScope) -> Response:
    scope = opened.scope
    form = await read_form(scope.request)
    if not scope.is_own_form(form.one("csrf")):
        return opened.say(_CODE, error=PageError("", "stale"))
    code = digits_of(form.one("code"))
    if len(code) != 6:
        return opened.say(_CODE, error=PageError("code", "code.length" if code else "code.missing"))
    async with scope.wiring.database.writing() as db:
        waiting = await _change(opened).find(db)
        refused = await _change(opened).finish(db, waiting, code) if waiting else None
        if waiting is not None and refused is None:
            await renew_session(db, opened)
    return _answer(opened, waiting, refused)


@router.api_route(_SEND, methods=["GET", "HEAD"], response_model=None)
@account_page
async def send_page(opened: AccountScope) -> Response:
    """Opening the address of the button sends nothing (R5)."""
    return opened.scope.redirect(_CODE)


@router.post(_SEND, response_model=None)
@account_page
async def send_submit(opened: AccountScope) -> Response:
    scope = opened.scope
    form = await read_form(scope.request)
    if not scope.is_own_form(form.one("csrf")):
        return opened.say(_CODE, error=PageError("", "stale"))
    async with scope.wiring.database.writing() as db:
        waiting = await _change(opened).find(db)
        refused = await _change(opened).send_again(db, waiting) if waiting else _GONE
    if waiting is None:
        return opened.say(_PHONE, error=_GONE)
    return opened.say(_CODE, error=refused) if refused else opened.say(_CODE, notice="sms_sent")


def _change(opened: AccountScope) -> PhoneChange:
    return PhoneChange(opened.scope, opened.account, opened.session)


def _read_number(opened: AccountScope, typed: str) -> str | PageError:
    """A mobile number of a country that is served, and not the one there is."""
    try:
        phone = normalise_phone(typed)
    except InvalidPhone as problem:
        return PageError("phone", f"phone.{problem.reason}" if typed else "phone.missing")
    if phone == opened.account.phone:
        return PageError("phone", "phone.same")
    if not sms_limits_of(opened.scope.wiring.settings).serves(phone):
        return PageError("phone", "phone.country")
    return phone


def _answer(opened: AccountScope, waiting: LiveCode | None, refused: CodeRefusal | None) -> Response:
    if waiting is None:
        return opened.say(_PHONE, error=_GONE)
    if refused is None or refused is CodeRefusal.USED:  # used: the same form, sent twice
        return opened.say(_SECURITY, notice="phone_changed")
    if refused is CodeRefusal.EXHAUSTED:
        # Its five tries are over for every code of this change: the number has to be entered again.
        return opened.say(_PHONE, error=PageError("phone", "code.exhausted"), values={"phone": waiting.target})
    return opened.say(_CODE, error=PageError("code", f"code.{refused}"))
