"""`/account/security/otp`: set OTP and disable it, each with the account password and a valid code (F3)."""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from idp.credentials import store as credentials
from idp.credentials.password_hashing import HashingBusy
from idp.credentials.store import OtpKey
from idp.endpoints.account.one_shot import read_message
from idp.endpoints.account.security import missing_contacts
from idp.endpoints.account.signed_in import AccountScope, account_page
from idp.interaction.attempts import wait_error
from idp.interaction.otp_setup import Confirmation, OtpSetup
from idp.interaction.sign_in import session_lifetime
from idp.sessions import store as sessions
from idp.web.forms import Form, read_form
from idp.web.pages import PageError

router = APIRouter()

_SECURITY = "/account/security"
_SETUP = "/account/security/otp"
_DISABLE = "/account/security/otp/disable"


@router.api_route(_SETUP, methods=["GET", "HEAD"], response_model=None)
@account_page
async def setup_page(opened: AccountScope) -> Response:
    pending = await _setup(opened).page()
    if pending is None:
        return opened.scope.redirect(_SECURITY)
    return _form_page(opened, "account/otp.html", action=_SETUP, **pending)


@router.post(_SETUP, response_model=None)
@account_page
async def setup_submit(opened: AccountScope) -> Response:
    """The button "Set OTP" (no code), and the form with password and code."""
    scope, setup = opened.scope, _setup(opened)
    form = await read_form(scope.request)
    if not scope.is_own_form(form.one("csrf")):
        return opened.say(_SECURITY, error=PageError("", "stale"))
    if await _has_otp(opened):
        return scope.redirect(_SECURITY)
    if not form.one("code") and not form.one("password"):
        return await _start(opened)
    confirmation = await _confirm(opened, form, await setup.find_pending(), here=_SETUP)
    if isinstance(confirmation, Response):
        return confirmation
    async with scope.wiring.database.writing() as db:
        is_on = await setup.activate(db, confirmation)
        if is_on:
            await _renew_cookie(db, opened)
    if not is_on:
        return opened.say(_SETUP, error=PageError("code", "otp.new_key"))
    return opened.say(_SECURITY, notice="otp_on")


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
    confirmation = await _confirm(opened, form, key, here=_DISABLE)
    if isinstance(confirmation, Response):
        return confirmation
    if not confirmation.password_matches:
        return opened.say(_DISABLE, error=PageError("password", "password.wrong"))
    if confirmation.step is None:
        return opened.say(_DISABLE, error=PageError("code", "code.wrong"))
    async with scope.wiring.database.writing() as db:
        is_off = await _setup(opened).disable(db, confirmation.step)
        if is_off:
            await _renew_cookie(db, opened, without_otp=True)
    if not is_off:
        return opened.say(_DISABLE, error=PageError("code", "code.used"))
    return opened.say(_SECURITY, notice="otp_off")


def _setup(opened: AccountScope) -> OtpSetup:
    return OtpSetup(opened.scope, opened.account, opened.session)


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
        await _setup(opened).start(db)
    return opened.scope.redirect(_SETUP)


async def _confirm(opened: AccountScope, form: Form, key: OtpKey | None, *, here: str) -> Confirmation | Response:
    """What password and code proved; or back to the form, when it cannot be asked just now."""
    try:
        confirmation = await _setup(opened).check(key, password=form.one("password"), code=form.one("code"))
    except HashingBusy as busy:
        return opened.say(here, error=PageError("", "busy", {"n": busy.retry_after}))
    if confirmation.retry_after:
        return opened.say(here, error=wait_error("code", confirmation.retry_after))
    return confirmation


async def _renew_cookie(db: AsyncConnection, opened: AccountScope, *, without_otp: bool = False) -> None:
    """The session that made the change lives on under a new secret (SE-01, SE-09)."""
    session, scope = opened.session, opened.scope
    evidence = session.evidence.without_otp() if without_otp else session.evidence
    lifetime = session_lifetime(scope.wiring.settings, session.status, remembered=session.remembered)
    renewed = replace(session, evidence=evidence).aged(lifetime, scope.now, keeps_age=True)
    secret = await sessions.renew(db, renewed)
    if secret is not None:
        scope.sessions.put_first(replace(opened.current, secret=secret, session=renewed))
