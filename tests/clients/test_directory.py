"""Clients from memory: read once, bounded, and forgotten on demand."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from idp.clients import directory as directory_module
from idp.clients import store
from idp.clients.directory import ClientDirectory
from idp.clients.metadata import parse_client_metadata
from idp.database.engine import Database
from idp.database.unavailable import DatabaseUnavailable
from tests.support.clock import MovableClock

METADATA: dict[str, Any] = {"application_type": "service"}


async def insert(database: Database, *client_ids: str) -> None:
    """Stores some clients."""
    async with database.writing() as db:
        for client_id in client_ids:
            await store.insert(db, parse_client_metadata(client_id, METADATA), METADATA, now=MovableClock().now())


@contextmanager
def counted_selects(database: Database) -> Iterator[list[str]]:
    """Every SELECT that the reader runs meanwhile."""
    selects: list[str] = []

    def note(*arguments: Any) -> None:
        if arguments[2].lstrip().upper().startswith("SELECT"):
            selects.append(arguments[2])

    engine = database.reader.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield selects
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_a_client_is_read_once(sqlite_database: Database) -> None:
    """After the first answer the database is not asked again."""
    await insert(sqlite_database, "portal")
    directory = ClientDirectory(sqlite_database)
    with counted_selects(sqlite_database) as selects:
        first, second = await directory.get("portal"), await directory.get("portal")
    assert first is second is not None
    assert len(selects) == 1


async def test_many_at_once_are_one_read(sqlite_database: Database) -> None:
    """A cold start under load reads each client once."""
    await insert(sqlite_database, "portal")
    directory = ClientDirectory(sqlite_database)
    with counted_selects(sqlite_database) as selects:
        clients = await asyncio.gather(*(directory.get("portal") for _ in range(50)))
    assert {client.client_id for client in clients if client} == {"portal"}
    assert None not in clients
    assert len(selects) == 1


async def test_an_unknown_id_is_remembered_too(sqlite_database: Database) -> None:
    """Guessing the same id again costs no read; an impossible id costs none at all."""
    directory = ClientDirectory(sqlite_database)
    with counted_selects(sqlite_database) as selects:
        assert await directory.get("nobody") is None
        assert await directory.get("nobody") is None
        for impossible in ("", "acc_1", "a b", "a" * 200, "ž", "a\x00"):
            assert await directory.get(impossible) is None
    assert len(selects) == 1


async def test_forgetting_shows_the_change(sqlite_database: Database) -> None:
    """A client that was added or disabled is seen after `forget`."""
    directory = ClientDirectory(sqlite_database)
    assert await directory.get("portal") is None
    await insert(sqlite_database, "portal")
    assert await directory.get("portal") is None
    directory.forget()
    client = await directory.get("portal")
    assert client is not None
    assert client.is_active
    async with sqlite_database.writing() as db:
        await store.set_status(db, "portal", status="disabled", now=MovableClock().now())
    directory.forget()
    client = await directory.get("portal")
    assert client is not None
    assert not client.is_active


async def test_a_read_from_before_the_change_is_not_remembered(sqlite_database: Database) -> None:
    """A read that was under way when `forget` came answers its caller, and nobody after."""
    await insert(sqlite_database, "portal")
    directory = ClientDirectory(sqlite_database)
    early = asyncio.create_task(directory.get("portal"))
    await asyncio.sleep(0)
    directory.forget()
    with counted_selects(sqlite_database) as selects:
        late = await directory.get("portal")
        assert await early is not None
        assert await directory.get("portal") is late is not None
    assert len(selects) in {1, 2}


async def test_both_memories_are_bounded(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up ids fill their own small memory and push no real client out."""
    monkeypatch.setattr(directory_module, "_MAX_KNOWN", 2)
    monkeypatch.setattr(directory_module, "_MAX_UNKNOWN", 3)
    await insert(sqlite_database, "a", "b", "c")
    directory = ClientDirectory(sqlite_database)
    for client_id in ("a", "b", "a", *(f"made-up-{number}" for number in range(20))):
        await directory.get(client_id)
    with counted_selects(sqlite_database) as selects:
        await directory.get("a")
        await directory.get("b")
        await directory.get("made-up-19")
    assert selects == []
    await directory.get("a")
    await directory.get("c")
    with counted_selects(sqlite_database) as selects:
        await directory.get("a")
        assert selects == []
        await directory.get("b")
    assert len(selects) == 1


async def test_one_impatient_caller_disturbs_nobody(sqlite_database: Database) -> None:
    """A caller that is cancelled does not cancel the others' answer."""
    await insert(sqlite_database, "portal")
    directory = ClientDirectory(sqlite_database)
    impatient = asyncio.create_task(directory.get("portal"))
    patient = asyncio.create_task(directory.get("portal"))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient is not None
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_a_failure_is_not_remembered(database: Database) -> None:
    """While the database is gone everybody is told so; afterwards the client is there."""
    await insert(database, "portal")
    directory = ClientDirectory(database)

    def fail(*_: object) -> None:
        raise ConnectionResetError

    event.listen(database.reader.sync_engine, "before_cursor_execute", fail)
    results = await asyncio.gather(*(directory.get("portal") for _ in range(3)), return_exceptions=True)
    event.remove(database.reader.sync_engine, "before_cursor_execute", fail)
    assert [type(result) for result in results] == [DatabaseUnavailable] * 3
    assert await directory.get("portal") is not None
