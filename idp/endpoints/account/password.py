"""`/account/security/password`: another password, with the one it replaces and the OTP code of an account that has OTP.

Asked for every time, however fresh the login is: whoever finds a browser signed in must not take the account over.
"""

from fastapi import APIRouter
from starlette.responses import Response

from idp.audit.events import Event
from idp.credentials import store as credentials
from idp.credentials.password_hashing import HashingBusy
from idp.endpoints.account.one_shot import read_message
from idp.endpoints.account.renewing import renew_session
from idp.endpoints.account.signed_in import AccountScope, account_page
from idp.interaction.confirmation import Checked, FreshProof, MissingProof
from idp.interaction.new_passwords import new_password_error
from idp.lifecycle.new_password import put_new_password
from idp.sessions.evidence import Evidence
from idp.web.forms import Form, read_form
from idp.web.pages import PageError

router = APIRouter()

_SECURITY = "/account/security"
_PASSWORD = "/account/security/password"  # noqa: S105 - a path


@router.api_route(_PASSWORD, methods=["GET", "HEAD"], response_model=None)
@account_page
async def password_page(opened: AccountScope) -> Response:
    scope = opened.scope
    proof = await _proof(opened)
    notice, errors = read_message(scope, account_id=opened.account.id)
    return scope.page(
        "account/password.html",
        notice=notice,
        errors=errors,
        action=_PASSWORD,
        back_url=_SECURITY,
        minimum_length=scope.wiring.settings.password_minimum_length,
        needs_otp=proof.missing.otp,
        logout_url="/logout",
        signed_in_as=opened.account.login_email,
    )


@router.post(_PASSWORD, response_model=None)
@account_page
async def password_submit(opened: AccountScope) -> Response:
    form = await read_form(opened.scope.request)
    if not opened.scope.is_own_form(form.one("csrf")):
        return opened.say(_PASSWORD, error=PageError("", "stale"))
    try:
        refused = await _change(opened, form)
    except HashingBusy as busy:
        refused = PageError("", "busy", {"n": busy.retry_after})
    if refused is not None:
        return opened.say(_PASSWORD, error=refused)
    return opened.say(_SECURITY, notice="password_changed")


async def _proof(opened: AccountScope) -> FreshProof:
    async with opened.scope.wiring.database.reading() as db:
        has_otp = await credentials.has_active_otp(db, opened.account.id)
    return FreshProof(opened.scope, opened.account, opened.session, MissingProof(password=True, otp=has_otp))


async def _change(opened: AccountScope, form: Form) -> PageError | None:
    """None: it is changed, and whatever the old one had opened has ended, but this session."""
    settings, password = opened.scope.wiring.settings, form.one("new_password")
    if error := await new_password_error("new_password", password, settings=settings, account=opened.account):
        return error
    proof, hasher = await _proof(opened), opened.scope.wiring.hasher
    with hasher.place() as place:
        checked = await proof.check(password=form.one("password"), code=form.one("code"), place=place)
        if isinstance(checked, PageError):
            await proof.tell_failure()
            return checked
        if password == form.one("password"):
            return PageError("new_password", "password.same")
        password_hash = await hasher.hash(password, place=place)
    return await _put(opened, proof, checked, password_hash=password_hash)


async def _put(opened: AccountScope, proof: FreshProof, checked: Checked, *, password_hash: str) -> PageError | None:
    scope = opened.scope
    async with scope.wiring.database.writing() as db:
        evidence = await proof.spend(db, checked)
        if not isinstance(evidence, Evidence):
            return evidence
        await put_new_password(
            db,
            scope.wiring.master_keys,
            account_id=opened.account.id,
            password_hash=password_hash,
            event=Event.PASSWORD_CHANGED,
            origin=scope.origin,
            spare_session=opened.session.id,
        )
        await renew_session(db, opened, evidence=evidence)
    return None
