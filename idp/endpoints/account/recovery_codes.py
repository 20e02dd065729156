"""`/account/security/recovery-codes`: shows a new set once, and makes one, with the password and an OTP code (F3.7)."""

from collections.abc import Sequence
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from idp.credentials import store as credentials
from idp.credentials.recovery_codes import count_codes
from idp.endpoints.account.one_shot import read_message, with_message
from idp.endpoints.account.proving import confirm_both, otp_setup
from idp.endpoints.account.renewing import renew_session
from idp.endpoints.account.signed_in import AccountScope, account_page
from idp.interaction.recovery_codes import open_for_display, seal_for_display
from idp.web.forms import read_form
from idp.web.pages import PageError

router = APIRouter()

_SECURITY = "/account/security"
_CODES = "/account/security/recovery-codes"


@router.api_route(_CODES, methods=["GET", "HEAD"], response_model=None)
@account_page
async def recovery_codes_page(opened: AccountScope) -> Response:
    scope, account = opened.scope, opened.account
    async with scope.wiring.database.reading() as db:
        has_otp = await credentials.has_active_otp(db, account.id)
        left = await count_codes(db, account.id)
    if not has_otp:
        return scope.redirect(_SECURITY)
    sealed = scope.request.query_params.get("codes", "")
    codes = await open_for_display(scope, opened.session, sealed) if sealed else ()
    notice, errors = read_message(scope, account_id=account.id)
    return scope.page(
        "account/recovery_codes.html",
        notice=notice,
        errors=errors,
        action=_CODES,
        back_url=_SECURITY,
        logout_url="/logout",
        signed_in_as=account.login_email,
        codes=codes,
        made_at=scope.now,
        gone=bool(sealed) and not codes,
        codes_left=left,
        # A link to this page in another language would show the codes no second time.
        path=_CODES,
    )


@router.post(_CODES, response_model=None)
@account_page
async def recovery_codes_submit(opened: AccountScope) -> Response:
    scope = opened.scope
    form = await read_form(scope.request)
    if not scope.is_own_form(form.one("csrf")):
        return opened.say(_CODES, error=PageError("", "stale"))
    async with scope.wiring.database.reading() as db:
        key = await credentials.find_active_otp_key(db, scope.wiring.master_keys, opened.account.id)
    step = await confirm_both(opened, form, key, here=_CODES)
    if isinstance(step, Response):
        return step
    async with scope.wiring.database.writing() as db:
        codes = await otp_setup(opened).renew_codes(db, step)
        if codes is not None:
            await renew_session(db, opened)
    if codes is None:
        return opened.say(_CODES, error=PageError("code", "code.used"))
    return show_codes(opened, codes, notice="recovery_codes_made")


def show_codes(opened: AccountScope, codes: Sequence[str], *, notice: str) -> Response:
    """On to the page that shows them once."""
    page = with_message(opened.scope, _CODES, account_id=opened.account.id, notice=notice)
    return opened.scope.redirect(
        f"{page}&{urlencode({'codes': seal_for_display(opened.scope, opened.session, codes)})}"
    )
