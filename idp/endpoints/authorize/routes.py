"""`GET` and `POST /authorize`. A cross-site POST has no cookies; it is answered by a 303 to the same request as GET."""

from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.audit.events import Event
from idp.audit.record import record
from idp.clients.client import Client
from idp.endpoints.authorize.unpacking import unpack
from idp.endpoints.authorize.validation import destination_of, unproven, validated
from idp.interaction.completion import complete
from idp.interaction.delivery import deliver
from idp.interaction.dispatcher import next_prompt
from idp.interaction.facts import Facts, read_facts_anew
from idp.interaction.flow import Flow, flow_url
from idp.interaction.leaving import leave
from idp.interaction.opening import flow_sealer, keep_request, login_rules
from idp.protocol.destination import Destination
from idp.protocol.errors import OAuthError
from idp.protocol.parameters import parse_parameters
from idp.web.error_pages import authorization_error_page
from idp.web.plain import MAX_BODY_BYTES
from idp.web.scope import PageScope, open_scope

router = APIRouter()

_LONGEST_REQUEST = 8 * 1024  # with its seal and its percent signs it must still fit into an address bar
_LARGE_REQUEST = 3 * 1024  # beyond it the request is stored: proxies cut addresses at 8 kB
_LARGE_REQUESTS = "60/hour"


@router.post("/authorize", response_model=None)
async def authorize_post(request: Request) -> Response:
    """The same request as a GET: `SameSite=Lax` keeps our cookies off a cross-site POST, and it sets none."""
    body = await request.body()
    if len(body) > MAX_BODY_BYTES:
        return await _error_page(request, OAuthError("invalid_request", "The request is too large."))
    try:
        parameters = parse_parameters(body)
        in_query = parse_parameters(request.scope["query_string"])
    except OAuthError as error:
        return await _error_page(request, error)
    if not parameters.keys().isdisjoint(in_query):  # RFC 6749 §3.1, across query and body too
        return await _error_page(request, OAuthError("invalid_request", "A parameter is repeated."))
    query = request.url.query
    location = f"/authorize?{query + '&' if query else ''}{urlencode(parameters)}"
    return RedirectResponse(location, status_code=303, headers={"Cache-Control": "no-store"})


@router.api_route("/authorize", methods=["GET", "HEAD"], response_model=None)
async def authorize(request: Request) -> Response:
    scope = await open_scope(request)
    wiring = scope.wiring
    address = scope.origin.address or ""
    if wait := await wiring.addresses.hit("authorize", address, wiring.settings.address_limit):
        return _too_many(scope, wait)
    try:
        parameters = _parameters(request)
    except OAuthError as error:
        return authorization_error_page(scope, error)
    unpacked = await unpack(wiring, parameters)
    client, destination = unpacked.client, destination_of(wiring, unpacked)
    if client is None or destination is None:
        return authorization_error_page(scope, unproven(unpacked), client=client, parameters=unpacked.parameters)
    try:
        answered = validated(wiring, client, unpacked, is_pushed=unpacked.pushed_request is not None)
    except OAuthError as error:
        return await _refused(scope, destination, client, error)
    flow = Flow.begin(device_id=scope.device_id, now=scope.now, request=answered)
    facts = await read_facts_anew(
        wiring.database, flow, rules=login_rules(wiring), entries=scope.sessions.entries, client=client
    )
    return await _answer(scope, flow, facts, client=client, destination=destination)


async def _answer(scope: PageScope, flow: Flow, facts: Facts, *, client: Client, destination: Destination) -> Response:
    prompt = next_prompt(flow, facts)
    if prompt is None:
        async with scope.wiring.database.writing() as db:
            answer = await complete(db, scope.wiring, flow, facts, agent=scope.agent, origin=scope.origin)
        return leave(scope, answer, client)
    if flow.request is not None and "none" in flow.request.prompt:
        # OIDC Core §3.1.2.6: each prompt names the error that stands for it.
        error = OAuthError(prompt.error, "The person would have to be asked.")
        return _error(scope, destination, client, error)
    if scope.sessions.browser_changed:
        flow = flow.with_notice("ua_changed")
    sealer = flow_sealer(scope.wiring)
    written = sealer.write(flow)
    if _is_large(scope, written):
        address = scope.origin.address or ""
        if wait := await scope.wiring.addresses.hit("stored-request", address, _LARGE_REQUESTS):
            return _too_many(scope, wait)
        async with scope.wiring.database.writing() as db:
            flow = await keep_request(db, scope.wiring, flow)
        written = sealer.write(flow)
    return scope.redirect(flow_url(prompt.path, sealer.seal(flow, written=written)))


def _is_large(scope: PageScope, written: str) -> bool:
    """By what came, and by what it says: a short name may stand for a long request."""
    return max(len(scope.request.scope["query_string"]), len(written)) > _LARGE_REQUEST


def _too_many(scope: PageScope, wait: int) -> Response:
    headers = {"Retry-After": str(wait)}
    return scope.page("problem.html", status=429, http_status=429, retry_after=wait, headers=headers)


def _parameters(request: Request) -> dict[str, str]:
    query: bytes = request.scope["query_string"]
    if len(query) > _LONGEST_REQUEST:
        raise OAuthError("invalid_request", "The request is too long.")
    return parse_parameters(query)


async def _refused(scope: PageScope, destination: Destination, client: Client, error: OAuthError) -> Response:
    async with scope.wiring.database.writing() as db:
        await record(
            db,
            Event.AUTHORIZATION_REFUSED,
            outcome="refused",
            origin=scope.origin,
            client_id=client.client_id,
            details={"error": str(error.code), "description": error.description},
        )
    return _error(scope, destination, client, error)


def _error(scope: PageScope, destination: Destination, client: Client, error: OAuthError) -> Response:
    return leave(scope, deliver(scope.wiring, client, destination.error(error), now=scope.now), client)


async def _error_page(request: Request, error: OAuthError) -> Response:
    return authorization_error_page(await open_scope(request), error)
