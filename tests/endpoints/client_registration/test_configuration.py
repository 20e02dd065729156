"""`/clients/{client_id}`: with its own token a client reads, replaces and removes itself alone (RFC 7592)."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from idp.database.engine import Database
from idp.grants.table import grants
from tests.endpoints.client_registration.conftest import Running
from tests.support.browser import Browser
from tests.support.calls import json_of
from tests.support.client_keys import ClientKey
from tests.support.grants import UNBOUND, insert_grants, insert_login
from tests.support.provider import Provider
from tests.support.queries import count_rows
from tests.support.registering import CALLBACK, as_client, manage, registered, send
from tests.support.relying_party import RelyingParty


def replacement(client: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A PUT's body: the least that a client is, and changes."""
    return {"client_id": client["client_id"], "redirect_uris": [CALLBACK], **changes}


@pytest.mark.requirement("OC-30", "OT-19")
async def test_get_shows_what_is_registered(any_provider: Provider) -> None:
    """The management pair again, all metadata, and no secret: only its digest is kept."""
    client = await registered(any_provider, client_name="Wiki")
    answer = await manage(any_provider, client)
    assert answer.status == 200
    assert "no-store" in (answer.header("cache-control") or "")
    hidden = {"client_secret", "client_secret_expires_at"}
    assert json_of(answer) == {name: value for name, value in client.items() if name not in hidden}


@pytest.mark.requirement("OC-30")
async def test_put_replaces_all_of_it(any_provider: Provider) -> None:
    """What is left out is gone (RFC 7592 §2.2); secret and token stay; the change counts at once."""
    client = await registered(any_provider, client_name="Wiki", logo_uri="https://wiki.example/logo.png")
    wanted = replacement(client, client_secret=client["client_secret"], contacts=["admin@wiki.example"])
    answer = await manage(any_provider, client, "PUT", wanted)
    assert answer.status == 200
    changed = json_of(answer)
    assert not {"client_name", "logo_uri", "client_secret"} & changed.keys()
    assert changed["contacts"] == ["admin@wiki.example"]
    assert changed["registration_access_token"] == client["registration_access_token"]
    assert json_of(await manage(any_provider, client)) == changed
    rp = RelyingParty(any_provider, as_client(client))
    assert (await rp.post("/token", {"grant_type": "refresh_token", "refresh_token": "x"})).status_code == 400
    found = await any_provider.wiring.clients.get(client["client_id"])
    assert found is not None
    assert found.contacts == ("admin@wiki.example",)


@pytest.mark.requirement("OC-30", "TK-27")
async def test_TK_27_put_gives_no_more_than_post(provider: Provider) -> None:
    """Another id, a secret of one's own choice, scopes and addresses that are not for strangers: refused."""
    client = await registered(provider)
    before = json_of(await manage(provider, client))
    other = await registered(provider)
    bodies: list[Any] = [
        {"redirect_uris": [CALLBACK]},
        replacement(client, client_id=other["client_id"]),
        replacement(client, client_secret="x" * 43),
        replacement(client, client_secret=other["client_secret"]),
        replacement(client, client_secret=5),
        replacement(client, client_secret="\ud800"),
        replacement(client, scope="openid idp.services.write"),
        replacement(client, redirect_uris=["javascript:x"]),
        replacement(client, software_statement="a.b.c"),
        [],
    ]
    for body in bodies:
        assert (await manage(provider, client, "PUT", body)).status == 400, body
    assert json_of(await manage(provider, client)) == before
    assert (await manage(provider, client, "PUT", replacement(client, first_party=True, audience=["x"]))).status == 200
    found = await provider.wiring.clients.get(client["client_id"])
    assert found is not None
    assert (found.first_party, found.audience) == (False, ())


async def test_another_method_of_authentication(provider: Provider) -> None:
    """With keys the secret ends; with a secret again a new one is made, and shown once."""
    client = await registered(provider)
    with_keys = replacement(client, token_endpoint_auth_method="private_key_jwt", jwks=ClientKey.generate().jwks)
    assert "client_secret" not in json_of(await manage(provider, client, "PUT", with_keys))
    again = json_of(await manage(provider, client, "PUT", replacement(client)))
    assert again["client_secret"] != client["client_secret"]
    assert again["client_secret_expires_at"] == 0
    body = {"grant_type": "refresh_token", "refresh_token": "x"}
    signing = json_of(
        await manage(provider, client, "PUT", replacement(client, token_endpoint_auth_method="client_secret_jwt"))
    )
    assert signing["client_secret"] not in {client["client_secret"], again["client_secret"]}
    # What can be read again can be compared, too: this secret stays of use.
    assert "client_secret" not in json_of(await manage(provider, client, "PUT", replacement(client)))
    old, new = (RelyingParty(provider, as_client(each)) for each in (client, client | signing))
    assert [(await rp.post("/token", body)).json()["error"] for rp in (old, new)] == [
        "invalid_client",
        "unauthorized_client",
    ]


@pytest.mark.requirement("OC-30", "TK-27")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_TK_27_a_token_opens_its_own_client_alone(provider: Provider, method: str) -> None:
    """Another's token, none, a wrong one, and clients that are not there or not dynamic: one and the same 401."""
    client, other = await registered(provider), await registered(provider)
    declared = await provider.client("shop")
    body = replacement(client) if method == "PUT" else None
    answers = [
        await manage(provider, client, method, body, token=token)
        for token in (other["registration_access_token"], "x" * 43, "\xe9", client["client_secret"])
    ]
    token = client["registration_access_token"]
    for path in ("/clients/client_nobody", f"/clients/{declared.id}", "/clients/%00", "/clients/" + "x" * 500):
        answers.append(await send(provider, method, path, body, token))
    assert {answer.status for answer in answers} == {401}
    assert len({answer.body for answer in answers}) == 1
    assert len({answer.header("www-authenticate") for answer in answers}) == 1
    path = client["registration_client_uri"].removeprefix(provider.issuer)
    assert (await send(provider, method, path, body)).status == 401
    assert (await send(provider, method, path, body, authorization=f"Basic {token}")).status == 401
    assert (await manage(provider, client)).status == 200


@pytest.mark.requirement("OC-30", "OT-19", "RT-10")
async def test_delete_ends_the_client_and_what_people_gave_it(provider: Provider, browser: Browser) -> None:
    """204; no login, no refresh, no introspection, no management any more."""
    await provider.account()
    client = await registered(
        provider, grant_types=["authorization_code", "refresh_token"], scope="openid email offline_access"
    )
    rp = RelyingParty(provider, as_client(client))
    await rp.sign_in(browser, scope="openid email offline_access", prompt="consent")
    page = await browser.submit(button="consent-allow")
    tokens = (await rp.redeem(page.query["code"])).json()
    assert (await rp.userinfo(tokens["access_token"])).status_code == 200
    gone = await manage(provider, client, "DELETE")
    assert (gone.status, gone.body) == (204, b"")
    assert "no-store" in (gone.header("cache-control") or "")
    assert (await rp.refresh(tokens["refresh_token"])).status_code == 401
    assert (await rp.userinfo(tokens["access_token"])).status_code == 401
    for method, body in (("GET", None), ("PUT", replacement(client)), ("DELETE", None)):
        assert (await manage(provider, client, method, body)).status == 401
    assert "client_disabled" in await provider.events()


@pytest.mark.requirement("OC-30", "RT-10")
async def test_a_client_that_many_used_is_removed_in_small_pieces(any_provider: Provider) -> None:
    """No transaction ends more grants than a batch, none is left, and those of another client live on."""
    client, now = await registered(any_provider), any_provider.clock.now()
    async with any_provider.wiring.database.writing() as db:
        login = await insert_login(db, now)
        await insert_grants(db, login, [UNBOUND] * 1_234, now, client_id=client["client_id"])
        await insert_grants(db, login, [UNBOUND] * 3, now)
    with _sizes_of_transactions(any_provider.wiring.database) as sizes:
        assert (await manage(any_provider, client, "DELETE")).status == 204
    assert sum(sizes) >= 1_234
    assert max(sizes) <= 600
    of_the_client = grants.c.client_id == client["client_id"]
    assert await count_rows(any_provider.wiring.database, grants, of_the_client, grants.c.state == "revoked") == 1_234
    assert await count_rows(any_provider.wiring.database, grants, ~of_the_client, grants.c.state == "active") == 3


@contextmanager
def _sizes_of_transactions(database: Database) -> Iterator[list[int]]:
    """How many rows each writing transaction read or changed."""
    sizes: list[int] = []
    engine = database.writer.sync_engine

    def note_begin(_connection: Any) -> None:
        sizes.append(0)

    def note_rows(_connection: Any, cursor: Any, *_: Any) -> None:
        sizes[-1] += max(cursor.rowcount, 0)

    event.listen(engine, "begin", note_begin)
    event.listen(engine, "after_cursor_execute", note_rows)
    try:
        yield sizes
    finally:
        event.remove(engine, "begin", note_begin)
        event.remove(engine, "after_cursor_execute", note_rows)


@pytest.mark.requirement("OC-30")
async def test_of_eight_deletions_one_does_it(any_provider: Provider) -> None:
    """One 204; the others find nothing."""
    client = await registered(any_provider)
    answers = await asyncio.gather(*(manage(any_provider, client, "DELETE") for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [204] + [401] * 7


async def test_only_three_methods(provider: Provider) -> None:
    """POST is for the collection."""
    client = await registered(provider)
    answer = await manage(provider, client, "POST", replacement(client))
    assert answer.status == 405
    assert answer.header("allow") == "DELETE, GET, HEAD, OPTIONS, PUT"


async def test_management_is_throttled(running: Running) -> None:
    """The same share as for registrations: 429 beyond."""
    async with running(client_registration_address_limit="3/hour") as provider:
        client = await registered(provider)
        assert [(await manage(provider, client)).status for _ in range(3)] == [200, 200, 429]
