"""The rows of clients and their secrets."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from idp.clients import store
from idp.clients.client import Client
from idp.clients.metadata import parse_client_metadata
from idp.clients.secret import secret_matches
from idp.clients.table import client_secrets
from idp.database.changes import read_counters
from idp.database.engine import Database
from idp.sealing import new_secret
from tests.support.clock import MovableClock

METADATA: dict[str, Any] = {
    "client_name": "Portál",
    "redirect_uris": ["https://portal.example.com/cb"],
    "first_party": True,
}


async def insert(database: Database, now: int, client_id: str = "portal", applied_digest: str | None = None) -> Client:
    """Stores a client as `clients.yaml` would."""
    client = replace(parse_client_metadata(client_id, METADATA), source="file")
    async with database.writing() as db:
        assert await store.insert(db, client, METADATA, now=now, applied_digest=applied_digest)
    return client


async def find(database: Database, client_id: str = "portal") -> store.Registration:
    """A client that exists."""
    async with database.reading() as db:
        registration = await store.find_registration(db, client_id)
    assert registration is not None
    return registration


async def counter(database: Database) -> int:
    """How often the clients have changed."""
    async with database.reading() as db:
        return (await read_counters(db)).get(store.TOPIC, 0)


async def test_a_client_comes_back_as_it_was_declared(database: Database, clock: MovableClock) -> None:
    """The metadata is kept as written, and read into the same client."""
    client = await insert(database, clock.now())
    registration = await find(database)
    assert registration.client == client
    assert registration.metadata == METADATA
    assert (registration.created_at, registration.updated_at) == (clock.now(), clock.now())
    async with database.reading() as db:
        assert await store.find(db, "portal") == client
        assert await store.find(db, "nobody") is None


async def test_an_id_is_taken_once(database: Database, clock: MovableClock) -> None:
    """The second insertion changes nothing, and says so."""
    client = await insert(database, clock.now())
    async with database.writing() as db:
        assert not await store.insert(db, client, {**METADATA, "client_name": "Other"}, now=clock.now())
    assert (await find(database)).client.client_name == "Portál"


async def test_eight_parallel_insertions_have_one_winner(database: Database, clock: MovableClock) -> None:
    """Eight processes that apply the same file add a client once, and none of them fails."""

    async def one() -> bool:
        async with database.writing() as db:
            return await store.insert(db, parse_client_metadata("portal", METADATA), METADATA, now=clock.now())

    assert sorted(await asyncio.gather(*(one() for _ in range(8)))) == [False] * 7 + [True]


async def test_clients_are_listed_by_id(database: Database, clock: MovableClock) -> None:
    """Each once, however many secrets it has."""
    for client_id in ("b", "c", "a"):
        await insert(database, clock.now(), client_id)
    async with database.writing() as db:
        for _ in range(3):
            await store.insert_secret(db, "b", new_secret(), now=clock.now())
        listed = await store.list_registrations(db)
    assert [(entry.client.client_id, len(entry.client.secret_digests)) for entry in listed] == [
        ("a", 0),
        ("b", 3),
        ("c", 0),
    ]


async def test_a_change_elsewhere_shows_as_drift(database: Database, clock: MovableClock) -> None:
    """`clients.yaml` knows what it last applied, and sees when somebody has changed it since."""
    applied = store.metadata_digest(METADATA)
    assert applied == store.metadata_digest(dict(reversed(METADATA.items())))
    await insert(database, clock.now(), applied_digest=applied)
    assert not (await find(database)).has_drifted
    changed = {**METADATA, "client_name": "Changed"}
    clock.advance(seconds=5)
    async with database.writing() as db:
        assert await store.replace_metadata(db, "portal", changed, now=clock.now())
        assert not await store.replace_metadata(db, "nobody", changed, now=clock.now())
    registration = await find(database)
    assert registration.has_drifted
    assert registration.updated_at == clock.now() == registration.created_at + 5
    async with database.writing() as db:
        await store.replace_metadata(
            db, "portal", changed, now=clock.now(), applied_digest=store.metadata_digest(changed)
        )
    assert not (await find(database)).has_drifted


async def test_disabling_happens_once(database: Database, clock: MovableClock) -> None:
    """The second time nothing changes, and the caller learns it."""
    await insert(database, clock.now())
    async with database.writing() as db:
        assert await store.set_status(db, "portal", status="disabled", now=clock.now())
        assert not await store.set_status(db, "portal", status="disabled", now=clock.now())
    assert not (await find(database)).client.is_active
    async with database.writing() as db:
        assert await store.set_status(db, "portal", status="active", now=clock.now())
    assert (await find(database)).client.is_active


@pytest.mark.requirement("TK-14")
async def test_a_secret_is_replaced_with_an_overlap(database: Database, clock: MovableClock) -> None:
    """Only digests are stored; the old secret works until its end, the new one at once and on."""
    old, new = new_secret(), new_secret()
    await insert(database, clock.now())
    async with database.writing() as db:
        await store.insert_secret(db, "portal", old, now=clock.now())
        assert await store.expire_secrets(db, "portal", at=clock.now() + 60) == 1
        await store.insert_secret(db, "portal", new, now=clock.now())
        stored = (await db.execute(select(client_secrets.c.digest))).scalars().all()
    assert old not in stored
    assert new not in stored
    client = (await find(database)).client
    assert secret_matches(client, old, clock.now())
    assert secret_matches(client, new, clock.now())
    assert not secret_matches(client, old, clock.now() + 60)
    assert secret_matches(client, new, clock.now() + 60)


async def test_an_earlier_end_is_never_put_off(database: Database, clock: MovableClock) -> None:
    """Replacing a secret twice does not give the first one more time."""
    secret = new_secret()
    await insert(database, clock.now())
    async with database.writing() as db:
        await store.insert_secret(db, "portal", secret, now=clock.now(), expires_at=clock.now() + 10)
        assert await store.expire_secrets(db, "portal", at=clock.now() + 60) == 0
        assert await store.expire_secrets(db, "portal", at=clock.now()) == 1
        assert await store.delete_expired_secrets(db, now=clock.now() - 1) == 0
        assert await store.delete_expired_secrets(db, now=clock.now()) == 1
    assert (await find(database)).client.secret_digests == ()


async def test_every_change_is_announced(database: Database, clock: MovableClock) -> None:
    """Other processes learn of each change, and of nothing else."""
    await insert(database, clock.now())
    counts = [await counter(database)]
    async with database.writing() as db:
        await store.replace_metadata(db, "portal", METADATA, now=clock.now())
    counts.append(await counter(database))
    async with database.writing() as db:
        await store.set_status(db, "portal", status="disabled", now=clock.now())
    counts.append(await counter(database))
    async with database.writing() as db:
        await store.insert_secret(db, "portal", new_secret(), now=clock.now())
    counts.append(await counter(database))
    async with database.writing() as db:
        await store.expire_secrets(db, "portal", at=clock.now())
    counts.append(await counter(database))
    assert counts == sorted(set(counts))
    async with database.writing() as db:
        await store.set_status(db, "portal", status="disabled", now=clock.now())
        await store.replace_metadata(db, "nobody", METADATA, now=clock.now())
    assert await counter(database) == counts[-1]
