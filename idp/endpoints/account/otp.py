"""`/account/security/otp`: set OTP and disable it, each with the account password and a valid code (F3)."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from idp.credentials import store as credentials
from idp.endpoints.account.one_shot import read_message
from idp.endpoints.account.proving import confirm, confirm_both, otp_setup
from idp.endpoints.account.recovery_codes import show_codes
from idp.endpoints.account.renewing import renew_session
from idp.endpoints.account.security import missing_contacts
from idp.endpoints.account.signed_in import AccountScope, account_page
from idp.web.forms import read_form
from idp.web.pages import PageError

router = APIRouter()

_SECURITY = "/account/security"
_SETUP = "/account/security/otp"
_DISABLE = "/account/security/otp/disable"


@router.api_route(_SETUP, methods=["GET", "HEAD"], response_model=None)
@account_page
async def setup_page(opened: AccountScope) -> Response:
    pending = await otp_setup(opened).page()
    if pending is None:
        return opened.scope.redirect(_SECURITY)
    return _form_page(opened, "account/otp.html", action=_SETUP, **pending)


@router.post(_SETUP, response_model=None)
@account_page
async def setup_submit(opened: AccountScope) -> Response:
    """The button "Set OTP" (no code), and the form with password and code."""
    scope, setup = opened.scope, otp_setup(opened)
    form = await read_form(scope.request)
    if not scope.is_own_form(form.one("csrf")):
        return opened.say(_SECURITY, error=PageError("", "stale"))
    if await _has_otp(opened):
        return scope.redirect(_SECURITY)
    if not form.one("code") and not form.one("password"):
        return await _start(opened)
    confirmation = await confirm(opened, form, await setup.find_pending(), here=_SETUP)
    if isinstance(confirmation, Response):
        return confirmation
    async with scope.wiring.database.writing() as db:
        codes = await setup.activate(db, confirmation)
        if codes is not None:
            await renew_session(db, opened)
    if codes is None:
        return opened.say(_SETUP, error=PageError("code", "otp.new_key"))
    return show_codes(opened, codes, notice="otp_on")


@router.api_route(_DISABLE, methods=["GET", "HEAD"], response_model=None)
@account_page
async def disable_page(opened: AccountScope) -> Response:
    if not await _has_otp(opened):
        return opened.scope.redirect(_SECURITY)
    if opened.account.is_operator:
        return opened.say(_SECURITY, error=PageError("", "otp.operator"))
    return _form_page(opened, "account/otp_disable.html", action=_DISABLE)


@router.post(_DISABLE, response_model=None)
@account_page
async def disable_submit(opened: AccountScope) -> Response:
    scope = opened.scope
    form = await read_form(scope.request)
    if not scope.is_own_form(form.one("csrf")):
        return opened.say(_DISABLE, error=PageError("", "stale"))
    if opened.account.is_operator:
        return opened.say(_SECURITY, error=PageError("", "otp.operator"))
    async with scope.wiring.database.reading() as db:
        key = await credentials.find_active_otp_key(db, scope.wiring.master_keys, opened.account.id)
    step = await confirm_both(opened, form, key, here=_DISABLE)
    if isinstance(step, Response):
        return step
    async with scope.wiring.database.writing() as db:
        is_off = await otp_setup(opened).disable(db, step)
        if is_off:
            await renew_session(db, opened, evidence=opened.session.evidence.without_otp())
    if not is_off:
        return opened.say(_DISABLE, error=PageError("code", "code.used"))
    return opened.say(_SECURITY, notice="otp_off")


def _form_page(opened: AccountScope, template: str, *, action: str, **context: Any) -> Response:  # noqa: ANN401 - a template's variables
    _, errors = read_message(opened.scope, account_id=opened.account.id)
    return opened.scope.page(
        template,
        errors=errors,
        action=action,
        back_url=_SECURITY,
        logout_url="/logout",
        signed_in_as=opened.account.login_email,
        **context,
    )


async def _has_otp(opened: AccountScope) -> bool:
    async with opened.scope.wiring.database.reading() as db:
        return await credentials.has_active_otp(db, opened.account.id)


async def _start(opened: AccountScope) -> Response:
    needs_phone = opened.scope.wiring.settings.require_phone_verification
    if missing_contacts(opened.account, needs_phone=needs_phone):
        return opened.say(_SECURITY, error=PageError("", "otp.missing_contact"))
    async with opened.scope.wiring.database.writing() as db:
        await otp_setup(opened).start(db)
    return opened.scope.redirect(_SETUP)
