"""`/admin/accounts/{id}/services`: which services an account has, as one relying party says it (F7.4).

PUT replaces what this client said before, GET shows it, DELETE takes it all back. Other clients' lists are untouched,
and not shown.
"""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import AccountStatus
from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.database.engine import Database
from idp.issuing.subject import account_of
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.scopes import SERVICES_WRITE
from idp.support.services import MAX_LENGTH, Service, fold_service, list_services, replace_services
from idp.web.bearer import ClientToken, check_client_token, read_access_token
from idp.web.plain import ASGIApp, PlainRequest, PlainResponse, json_response, plain_endpoint
from idp.wiring import Wiring

SERVICES_PATH = "/admin/accounts/{account_id}/services"
_REALM = "admin"
_MOST_SERVICES = 500
_MEMBERS = {"name", "number"}


def services_endpoint(wiring: Wiring) -> ASGIApp:
    async def services(request: PlainRequest) -> PlainResponse:
        token = await read_access_token(request, realm=_REALM)
        client = await check_client_token(wiring, token, scope=SERVICES_WRITE)
        account_id = await _known_account(wiring, client, request.path_parameter("account_id"))
        if request.method == "GET":
            return await _shown(wiring.database, client, account_id)
        named = _parse(await request.json()) if request.method == "PUT" else []
        async with wiring.database.writing() as db:
            await _replace(db, client, account_id, named, origin=_origin(request, wiring, client))
        if request.method == "DELETE":
            return PlainResponse(204, b"", {"cache-control": "no-store"})
        return await _shown(wiring.database, client, account_id)

    return plain_endpoint(services, ("GET", "PUT", "DELETE"))


async def _known_account(wiring: Wiring, client: ClientToken, subject: str) -> str:
    """The account that the client knows by this `sub`."""
    registered = await wiring.clients.get(client.client_id)
    account_id = account_of(wiring, registered, subject) if registered else None
    async with wiring.database.reading() as db:
        account = await accounts.find(db, account_id or "")
    if account is None or account.status is AccountStatus.CLOSED:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "There is no such account.", status=404)
    return account.id


async def _shown(database: Database, client: ClientToken, account_id: str) -> PlainResponse:
    async with database.reading() as db:
        named = await list_services(db, account_id, client_id=client.client_id)
    return json_response({"services": [_members(each) for each in named]})


async def _replace(
    db: AsyncConnection, client: ClientToken, account_id: str, named: list[Service], *, origin: Origin
) -> None:
    changed = await replace_services(
        db, client_id=client.client_id, account_id=account_id, services=named, now=origin.now
    )
    if changed:
        await record(
            db,
            Event.SERVICES_REPORTED,
            outcome="success",
            origin=origin,
            account_id=account_id,
            client_id=client.client_id,
            details={"services": len(named)},
        )


def _parse(body: Any) -> list[Service]:  # noqa: ANN401 - any JSON at all
    """The list, or one `OAuthError` for whatever is not one."""
    if not isinstance(body, dict) or body.keys() != {"services"} or not isinstance(body["services"], list):
        raise _malformed("The body is an object with the one member services, which is a list.")
    if len(body["services"]) > _MOST_SERVICES:
        raise _malformed(f"A list has at most {_MOST_SERVICES} services.")
    return [_service(each) for each in body["services"]]


def _service(item: object) -> Service:
    if not isinstance(item, dict) or not item or not item.keys() <= _MEMBERS:
        raise _malformed("A service is an object with name, number, or both.")
    texts = list(item.values())
    if not all(isinstance(text, str) and len(text) <= MAX_LENGTH and text.isprintable() for text in texts):
        raise _malformed(f"A name and a number are strings of at most {MAX_LENGTH} printable characters.")
    service = Service(**item)
    if not all(fold_service(text) for text in texts):
        raise _malformed("A name or a number that is given is not empty.")
    return service


def _members(service: Service) -> dict[str, str]:
    return {name: value for name, value in (("name", service.name), ("number", service.number)) if value}


def _malformed(sentence: str) -> OAuthError:
    return OAuthError(ErrorCode.INVALID_REQUEST, sentence)


def _origin(request: PlainRequest, wiring: Wiring, client: ClientToken) -> Origin:
    agents = request.headers_named("user-agent")
    return Origin(
        address=request.address,
        user_agent=agents[0] if agents else None,
        device_id=None,
        request_id=request.request_id,
        actor=client.client_id,
        now=wiring.clock.now(),
    )
