"""`/account/requests`: what applications ask of this person, who was told of it by mail (CIBA)."""

from fastapi import APIRouter
from starlette.responses import Response

from idp.decoupled import store
from idp.endpoints.account.one_shot import read_message
from idp.endpoints.account.signed_in import AccountScope, account_page
from idp.interaction.asking import begin_asking
from idp.web.forms import read_form
from idp.web.pages import PageError

router = APIRouter()

_PATH = "/account/requests"


@router.api_route(_PATH, methods=["GET", "HEAD"], response_model=None)
@account_page
async def requests_page(opened: AccountScope) -> Response:
    scope, wiring = opened.scope, opened.scope.wiring
    async with wiring.database.reading() as db:
        waiting = await store.list_open_for_account(db, wiring.master_keys, opened.account.id, scope.now)
    clients = {request.client_id: await wiring.clients.get(request.client_id) for request in waiting}
    shown = [
        {
            "id": request.id,
            "app": client.client_name,
            "binding_message": request.binding_message or "",
            "expires_at": request.expires_at,
        }
        for request in waiting
        if (client := clients[request.client_id]) is not None and client.is_active
    ]
    notice, errors = read_message(scope, account_id=opened.account.id)
    return scope.page(
        "account/requests.html",
        notice=notice,
        errors=errors,
        action=_PATH,
        requests=shown,
        logout_url="/logout",
        signed_in_as=opened.account.login_email,
    )


@router.post(_PATH, response_model=None)
@account_page
async def look_at_request(opened: AccountScope) -> Response:
    """On to the page that says what it is about, and asks. Nothing has changed by then."""
    scope, wiring = opened.scope, opened.scope.wiring
    form = await read_form(scope.request)
    if not scope.is_own_form(form.one("csrf")):
        return opened.say(_PATH, error=PageError("", "stale"))
    async with wiring.database.reading() as db:
        found = await store.find(db, wiring.master_keys, form.one("request")[:22])
    if found is None or found.account_id != opened.account.id or not found.is_open(scope.now):
        return opened.say(_PATH, error=PageError("", "request.over"))
    return await begin_asking(scope, found, as_whom=opened.current)
