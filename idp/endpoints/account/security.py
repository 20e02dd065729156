"""`/account/security`: what protects the account, and the way to change it."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.accounts.account import Account
from idp.accounts.identifiers import mask_phone
from idp.credentials import otp_recoveries
from idp.credentials import store as credentials
from idp.credentials.recovery_codes import count_codes
from idp.endpoints.account.one_shot import read_message
from idp.endpoints.account.signed_in import AccountScope, account_page

router = APIRouter()


@router.api_route("/account", methods=["GET", "HEAD"], response_model=None)
async def account(_: Request) -> Response:
    return RedirectResponse("/account/security", status_code=303)


@router.api_route("/account/security", methods=["GET", "HEAD"], response_model=None)
@account_page
async def security(opened: AccountScope) -> Response:
    scope, account = opened.scope, opened.account
    async with scope.wiring.database.reading() as db:
        otp = await credentials.find_active_otp_key(db, scope.wiring.master_keys, account.id)
        codes_left = await count_codes(db, account.id) if otp else 0
        lost = None if otp else await otp_recoveries.find_last_done(db, account.id)
    notice, errors = read_message(scope, account_id=account.id)
    return scope.page(
        "account/security.html",
        notice=notice,
        errors=errors,
        signed_in_as=account.login_email,
        otp_on=otp is not None,
        otp_since=otp.created_at if otp else None,
        codes_left=codes_left,
        lost_at=lost.done_at if lost else None,
        otp_action="/account/security/otp",
        disable_url="/account/security/otp/disable",
        logout_url="/logout",
        email=account.login_email,
        email_verified=account.email_is_verified,
        masked_phone=mask_phone(account.phone) if account.phone else "",
        phone_verified=account.phone_is_verified,
        missing=missing_contacts(account, needs_phone=scope.wiring.settings.require_phone_verification),
    )


def missing_contacts(account: Account, *, needs_phone: bool) -> tuple[str, ...]:
    """What has to be verified before OTP can be set: the ways back in, should the device get lost."""
    missing = [] if account.email_is_verified else ["email"]
    return (*missing, *([] if account.phone_is_verified or not needs_phone else ["phone"]))
