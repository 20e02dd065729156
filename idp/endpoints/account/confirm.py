"""`/account/confirm?next=`: asks for the proof that a change needs and the session has not given lately (SE-12).

A form whose change needs it calls `ask_for_proof`; its values travel along, sealed, and stand in it again afterwards.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials import store as credentials
from idp.credentials.password_hashing import HashingBusy
from idp.endpoints.account.one_shot import keep_values, read_message, read_values, with_message
from idp.endpoints.account.renewing import renew_session
from idp.endpoints.account.signed_in import AccountScope, account_page
from idp.interaction.confirmation import FreshProof, missing_proof
from idp.sessions.evidence import Evidence
from idp.web.forms import Form, read_form
from idp.web.pages import PageError

router = APIRouter()

_CONFIRM = "/account/confirm"
_SECURITY = "/account/security"
_OURS = re.compile(r"/account(?:/[a-z-]{1,40}){1,3}")


async def ask_for_proof(opened: AccountScope, here: str, values: Mapping[str, str]) -> Response | None:
    """None: the session has proven enough. Else the way over the page that asks, and back `here`."""
    if not (await _proof(opened)).missing:
        return None
    kept = keep_values(opened.scope, values, account_id=opened.account.id)
    return opened.scope.redirect(f"{_CONFIRM}?{urlencode({'next': here, 'kept': kept})}")


@router.api_route(_CONFIRM, methods=["GET", "HEAD"], response_model=None)
@account_page
async def confirm_page(opened: AccountScope) -> Response:
    scope, missing = opened.scope, (await _proof(opened)).missing
    if not missing:
        return scope.redirect(_way_back(opened))
    _, errors = read_message(scope, account_id=opened.account.id)
    return scope.page(
        "account/confirm.html",
        errors=errors,
        action=_here(opened),
        back_url=_next(opened),
        needs_password=missing.password,
        needs_otp=missing.otp,
        logout_url="/logout",
        signed_in_as=opened.account.login_email,
    )


@router.post(_CONFIRM, response_model=None)
@account_page
async def confirm_submit(opened: AccountScope) -> Response:
    scope = opened.scope
    form = await read_form(scope.request)
    if not scope.is_own_form(form.one("csrf")):
        return _again(opened, PageError("", "stale"))
    proof = await _proof(opened)
    if not proof.missing:
        return scope.redirect(_way_back(opened))
    try:
        refused = await _prove(opened, proof, form)
    except HashingBusy as busy:
        refused = PageError("", "busy", {"n": busy.retry_after})
    if refused is not None:
        return _again(opened, refused)
    return scope.redirect(_way_back(opened, notice="confirmed"))


async def _proof(opened: AccountScope) -> FreshProof:
    async with opened.scope.wiring.database.reading() as db:
        has_otp = await credentials.has_active_otp(db, opened.account.id)
    missing = missing_proof(opened.scope, opened.session, has_otp=has_otp)
    return FreshProof(opened.scope, opened.account, opened.session, missing)


async def _prove(opened: AccountScope, proof: FreshProof, form: Form) -> PageError | None:
    """The session has the proof from now on, and a new secret (SE-01); or why not."""
    scope = opened.scope
    checked = await proof.check(password=form.one("password"), code=form.one("code"))
    if isinstance(checked, PageError):
        await proof.tell_failure()
        return checked
    async with scope.wiring.database.writing() as db:
        evidence = await proof.spend(db, checked)
        if not isinstance(evidence, Evidence):
            return evidence
        await renew_session(db, opened, evidence=evidence)
        await record(
            db,
            Event.STEP_UP_SUCCEEDED,
            outcome="success",
            origin=scope.origin,
            account_id=opened.account.id,
            session_id=opened.session.id,
            details={"amr": evidence.amr},
        )
    return None


def _next(opened: AccountScope) -> str:
    """A page of the account centre, and nothing else."""
    wanted = opened.scope.request.query_params.get("next", "")
    return wanted if _OURS.fullmatch(wanted) and wanted != _CONFIRM else _SECURITY


def _kept(opened: AccountScope) -> dict[str, str]:
    """The values of the form that asked, sealed anew: the person may have taken their time."""
    values = read_values(opened.scope, account_id=opened.account.id)
    return {"kept": keep_values(opened.scope, values, account_id=opened.account.id)} if values else {}


def _here(opened: AccountScope) -> str:
    return f"{_CONFIRM}?{urlencode({'next': _next(opened)} | _kept(opened))}"


def _again(opened: AccountScope, error: PageError) -> Response:
    said = with_message(opened.scope, _CONFIRM, account_id=opened.account.id, error=error)
    return opened.scope.redirect(f"{said}&{urlencode({'next': _next(opened)} | _kept(opened))}")


def _way_back(opened: AccountScope, *, notice: str = "") -> str:
    said = with_message(opened.scope, _next(opened), account_id=opened.account.id, notice=notice)
    kept = _kept(opened)
    return f"{said}&{urlencode(kept)}" if kept else said
