"""Token events: collected, counted together, bounded, and written a moment later."""

import ast
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from idp.audit import store, token_events
from idp.audit.events import TOKEN_EVENTS, Event, TokenEvent
from idp.audit.record import Origin, record
from idp.audit.seals import SETTLED_SECONDS, seal_events, verify_seals
from idp.audit.store import AuditEvent, list_events
from idp.audit.token_events import TokenEvents
from idp.clock import Clock
from idp.database.engine import Database
from idp.database.unavailable import DatabaseUnavailable
from idp.sealing import MasterKeys
from tests.support.clock import MovableClock
from tests.support.counted import rises

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def note(
    events: TokenEvents,
    clock: Clock,
    grant: str = "g-1",
    *,
    event: TokenEvent = Event.TOKENS_REFRESHED,
    request: str = "r-1",
    **origin: str,
) -> None:
    """One refresh of a grant, as the token endpoint notes it."""
    came_from = {"address": "192.0.2.7", "user_agent": FIREFOX, **origin}
    events.note(
        event,
        origin=Origin(came_from["address"], came_from["user_agent"], None, request, "shop", clock.now()),
        grant_type="refresh_token",
        client_id="shop",
        grant_id=grant,
        account_id="acc_1",
        session_id="s-1",
    )


async def written(database: Database) -> list[AuditEvent]:
    """Oldest first."""
    async with database.reading() as db:
        return list(reversed(await list_events(db, limit=1000)))


def counts(rows: list[AuditEvent]) -> dict[str, int]:
    """How often each grant's event happened."""
    return {row.details["grant"]: row.details["count"] for row in rows}


@asynccontextmanager
async def unavailable(database: Database) -> AsyncIterator[None]:
    """Somebody holds the table (PostgreSQL) or the file (SQLite): every write ends in `DatabaseUnavailable`."""
    other = Database(database.url.render_as_string(hide_password=False))
    async with other.writing() as db:
        if not database.is_sqlite:
            await db.execute(text("LOCK TABLE audit_events IN ACCESS EXCLUSIVE MODE"))
        yield
    await other.close()


async def test_alike_events_are_one_row(database: Database, clock: MovableClock) -> None:
    """A flood of one grant is one row that says how often and since when; another browser or event has its own."""
    events = TokenEvents(database, clock)
    first_at = clock.now()
    for number in range(50):
        note(events, clock, request=f"r-{number}")
        clock.advance(seconds=1)
    note(events, clock, user_agent="curl/8.5")
    note(events, clock, address="192.0.2.8")
    note(events, clock, "g-2")
    note(events, clock, event=Event.CODE_REDEEMED)
    await events.flush()
    rows = await written(database)
    assert rows[0] == AuditEvent(
        seq=rows[0].seq,
        at=clock.now(),
        event="tokens_refreshed",
        outcome="success",
        account_id="acc_1",
        client_id="shop",
        session_id="s-1",
        device_id=None,
        actor="shop",
        address="192.0.2.7",
        user_agent=FIREFOX,
        request_id="r-0",
        details={"grant": "g-1", "grant_type": "refresh_token", "count": 50, "first_at": first_at},
    )
    assert [row.details["count"] for row in rows[1:]] == [1, 1, 1, 1]
    await events.flush()
    assert await written(database) == rows


@pytest.mark.requirement("DS-08")
async def test_memory_is_bounded(sqlite_database: Database, clock: MovableClock) -> None:
    """What finds no place is counted as dropped; what is alike to something kept still counts; long values are cut."""
    events = TokenEvents(sqlite_database, clock, kept=3)
    with rises("idp_token_events_dropped_total", by=4):
        for number in range(7):
            note(events, clock, f"g-{number}", user_agent="x" * 60_000)
        note(events, clock, "g-2", user_agent="x" * 60_000)
    assert {len(alike.user_agent or "") for alike in events._tallies} == {512}
    await events.flush()
    assert counts(await written(sqlite_database)) == {"g-0": 1, "g-1": 1, "g-2": 2}
    note(events, clock, "g-9")
    await events.flush()
    assert counts(await written(sqlite_database))["g-9"] == 1


async def test_what_was_dropped_is_one_line_of_the_log(sqlite_database: Database, clock: MovableClock) -> None:
    """However many they were; and the next flush does not tell it again."""
    events = TokenEvents(sqlite_database, clock, kept=1)
    for number in range(6):
        note(events, clock, f"g-{number}")
    with capture_logs() as told:
        await events.flush()
        await events.flush()
    assert told == [{"event": "token_events_dropped", "log_level": "error", "dropped": 5}]


@pytest.mark.requirement("RA-01")
async def test_a_database_that_is_gone_costs_nothing(database: Database, clock: MovableClock) -> None:
    """They wait, counted together with what comes meanwhile, up to the bound; then each is written exactly once."""
    events = TokenEvents(database, clock, kept=3)
    note(events, clock, "g-1")
    note(events, clock, "g-2")
    async with unavailable(database):
        flushing = asyncio.create_task(events.flush())
        await asyncio.sleep(0)  # the flush has begun, and taken both
        with rises("idp_token_events_dropped_total", by=1):
            for grant in ("g-2", "g-3", "g-4"):
                note(events, clock, grant)
            with pytest.raises(DatabaseUnavailable):
                await flushing
    assert await written(database) == []
    clock.advance(minutes=5)
    await events.flush()
    rows = await written(database)
    assert counts(rows) == {"g-1": 1, "g-2": 2, "g-3": 1}
    assert {(row.at, row.details["first_at"]) for row in rows} == {(clock.now(), clock.now() - 300)}


async def test_a_batch_that_was_written_is_not_written_again(
    sqlite_database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database goes away between two batches of one flush: the second alone is tried again."""
    monkeypatch.setattr(token_events, "_AT_ONCE", 2)
    events = TokenEvents(sqlite_database, clock)
    for number in range(5):
        note(events, clock, f"g-{number}")
    tries = 0

    async def second_fails(db: Any, rows: Any) -> None:
        nonlocal tries
        tries += 1
        if tries == 2:
            raise DatabaseUnavailable("gone")
        await store_insert(db, rows)

    store_insert = store.insert
    monkeypatch.setattr(store, "insert", second_fails)
    with pytest.raises(DatabaseUnavailable):
        await events.flush()
    assert len(await written(sqlite_database)) == 2
    await events.flush()
    assert counts(await written(sqlite_database)) == {f"g-{number}": 1 for number in range(5)}


async def test_what_cannot_be_written_holds_nothing_up(
    sqlite_database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that no database takes is dropped and counted; the next ones are written."""
    events = TokenEvents(sqlite_database, clock)
    note(events, clock, "g-1")

    async def refuses(*_: Any) -> None:
        raise ValueError("no such row")

    with monkeypatch.context() as broken, rises("idp_token_events_dropped_total"):
        broken.setattr(store, "insert", refuses)
        await events.flush()
    note(events, clock, "g-2")
    await events.flush()
    assert counts(await written(sqlite_database)) == {"g-2": 1}


class _Watched(TokenEvents):
    """Tells when it has written."""

    def __init__(self, *values: Any, **more: Any) -> None:
        super().__init__(*values, **more)
        self.wrote = asyncio.Event()

    async def flush(self) -> None:
        await super().flush()
        if not self._tallies:
            self.wrote.set()


@pytest.mark.parametrize(("seconds", "events_noted"), [(0.01, 1), (3600.0, 500)])
async def test_written_in_time_or_in_number(
    sqlite_database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, seconds: float, events_noted: int
) -> None:
    """After the time, however few they are; and once there are 500, however long the time still is."""
    monkeypatch.setattr(token_events, "FLUSH_SECONDS", seconds)
    events = _Watched(sqlite_database, clock)
    for number in range(events_noted):
        note(events, clock, f"g-{number}")
    events.start()
    async with asyncio.timeout(30):
        await events.wrote.wait()
    assert len(await written(sqlite_database)) == events_noted
    await events.close()


async def test_the_end_of_a_process_writes_what_is_there(database: Database, clock: MovableClock) -> None:
    """`close` waits for nothing but the write."""
    events = TokenEvents(database, clock)
    events.start()
    note(events, clock)
    await events.close()
    assert counts(await written(database)) == {"g-1": 1}


async def test_the_end_of_a_process_without_its_database(database: Database, clock: MovableClock) -> None:
    """One more try, then they are lost, counted, and the process ends."""
    events = TokenEvents(database, clock)
    events.start()
    note(events, clock, "g-1")
    note(events, clock, "g-1")
    async with unavailable(database):
        with rises("idp_token_events_dropped_total", by=2):
            await events.close()
    assert await written(database) == []


@pytest.mark.requirement("AD-18")
async def test_late_events_keep_the_log_verifiable(
    database: Database, clock: MovableClock, master_keys: MasterKeys
) -> None:
    """Minutes in memory while the database was gone, and seals were made meanwhile: the chain still fits."""
    events = TokenEvents(database, clock)
    note(events, clock)
    async with database.writing() as db:
        origin = Origin(None, None, None, None, "acc_1", clock.now())
        await record(db, Event.LOGOUT, outcome="success", origin=origin)
    clock.advance(seconds=SETTLED_SECONDS + 60)
    async with database.writing() as db:
        assert await seal_events(db, master_keys, clock.now())
    await events.flush()
    async with database.writing() as db:
        assert await seal_events(db, master_keys, clock.now()) is None  # it has not settled
    clock.advance(seconds=SETTLED_SECONDS)
    async with database.writing() as db:
        assert await seal_events(db, master_keys, clock.now())
    async with database.reading() as db:
        verdict = await verify_seals(db, master_keys)
    assert (verdict.broken, verdict.intact_to) == (None, (await written(database))[-1].seq)


def _calls() -> dict[str, set[str]]:
    """Which events the sources hand to `record`, and which to `note`."""
    found: dict[str, set[str]] = {"record": set(), "note": set()}
    for path in (Path(__file__).parents[2] / "idp").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func).rpartition(".")[2]
                values = {ast.unparse(each) for each in node.args}
                found.get(name, set()).update(value for value in values if value.startswith("Event."))
    return found


@pytest.mark.requirement("LG-03")
def test_only_token_events_wait() -> None:
    """Exactly these three; a login, a lock, a reuse or a replay is never among them."""
    calls = _calls()
    assert {"code_redeemed", "tokens_issued", "tokens_refreshed"} == {event.value for event in TOKEN_EVENTS}
    assert calls["note"] == {f"Event.{event.name}" for event in TOKEN_EVENTS}
    assert not calls["record"] & calls["note"]
    assert {"Event.LOGIN_FAILED", "Event.LOGIN_BLOCKED", "Event.ACCOUNT_LOCKED"} <= calls["record"]
