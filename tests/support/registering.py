"""A program that registers itself, as the programs of others do it."""

import json
from collections.abc import Mapping
from typing import Any

from idp.administration.dynamic_clients import make_initial_token
from idp.clients import store
from idp.clients.store import Registration
from tests.support.asgi import Answer, call, http_scope
from tests.support.calls import bearer, json_of
from tests.support.provider import Provider, TestClient

CLIENTS = "/clients"
CALLBACK = "https://wiki.example/cb"


async def send(
    provider: Provider, method: str, path: str, body: object = None, token: str | None = None, **headers: str
) -> Answer:
    """One request with a JSON body; bytes are sent as they are."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    sent = [("host", "localhost:8000"), ("content-type", headers.pop("content_type", "application/json"))]
    sent += [bearer(token)] if token is not None else []
    sent += [(name.replace("_", "-"), value) for name, value in headers.items()]
    return await call(provider.app, http_scope(method, path, sent), [content])


async def register(provider: Provider, token: str | None = None, **metadata: Any) -> Answer:
    """A web client with one redirect URI, unless `metadata` says otherwise; a member of None is left out."""
    declared = {"redirect_uris": [CALLBACK], **metadata}
    return await send(
        provider, "POST", CLIENTS, {name: value for name, value in declared.items() if value is not None}, token
    )


async def registered(provider: Provider, **metadata: Any) -> dict[str, Any]:
    """The client information of a registration that went well."""
    answer = await register(provider, **metadata)
    assert answer.status == 201, answer.body
    return json_of(answer)


async def manage(
    provider: Provider, client: Mapping[str, Any], method: str = "GET", body: object = None, token: str | None = None
) -> Answer:
    """At the address that the client was given, with its own token unless the test brings another."""
    path = str(client["registration_client_uri"]).removeprefix(provider.issuer)
    return await send(provider, method, path, body, token if token is not None else client["registration_access_token"])


async def initial_token(provider: Provider, *, uses: int | None = 1, hours: int = 24) -> str:
    """As `idp clients registration-token add` makes it."""
    async with provider.wiring.database.writing() as db:
        _, token = await make_initial_token(db, note="test", uses=uses, lifetime=hours * 3600, origin=provider.origin())
    return token


def as_client(information: Mapping[str, Any]) -> TestClient:
    """The registered client as a relying party uses it."""
    redirect_uri = next(iter(information.get("redirect_uris", [""])))
    return TestClient(information["client_id"], information.get("client_secret", ""), redirect_uri)


async def registrations(provider: Provider) -> list[Registration]:
    """Every client that there is."""
    async with provider.wiring.database.reading() as db:
        return await store.list_registrations(db)


def error_of(answer: Answer) -> str:
    """Status and code of a refusal, which no cache keeps."""
    assert "no-store" in (answer.header("cache-control") or "")
    return f"{answer.status} {json_of(answer)['error']}"
