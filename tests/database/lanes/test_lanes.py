"""What a lane answers is what SQLAlchemy's own connection answers, whoever else is in the batch."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select, update

from idp.database.backends.sqlite import SqliteBackend
from idp.database.engine import Database
from idp.database.lanes.lane import BatchedLane, Driver
from idp.database.lanes.statement import CompiledStatement
from idp.database.unavailable import DatabaseUnavailable
from idp.grants import store
from idp.grants.grant import GrantState, LiveGrant
from idp.grants.lanes import GrantLanes
from idp.grants.store import Redemption, Rotation, rotation_parameters
from idp.grants.table import grants
from idp.protocol.confirmation import UNBOUND, Confirmation
from idp.protocol.user_agent_binding import BindingMode, bind, read_user_agent
from idp.wiring import build_wiring
from tests.support.browser import CHROME, FIREFOX
from tests.support.failing_commits import fail_commits, install_failing_commits
from tests.support.grants import CLIENT_ID, insert_grants, insert_login
from tests.support.provider import test_settings

NOW = 1_768_478_400
IDLE = NOW + 86_400
BOUND = bind(BindingMode.STABLE, read_user_agent(FIREFOX))


@pytest.fixture
async def ids(database: Database) -> list[str]:
    """Twelve active grants of generation 1, bound to Firefox."""
    details = [{"type": "ž", "actions": []}]
    async with database.writing() as db:
        login = await insert_login(db, NOW)
        values = {"nonce": "ž\u2028", "dpop_jkt": "j", "authorization_details": details}
        return await insert_grants(db, login, [BOUND] * 12, NOW, **values)


def rotation(grant_id: str, **changes: Any) -> Rotation:
    """A good refresh of generation 1."""
    agent = read_user_agent(FIREFOX)
    good = Rotation(grant_id, CLIENT_ID, 1, agent, True, True, Confirmation("j"), False)
    return good._replace(**changes)


async def rotate(lanes: GrantLanes, asked: Rotation, now: int = NOW) -> Any:
    return await lanes.rotate(asked, now=now, idle_expires_at=IDLE)


async def generations(database: Database, ids: Sequence[str]) -> list[int]:
    async with database.reading() as db:
        rows = await db.execute(select(grants.c.id, grants.c.generation))
    found = {row.id: row.generation for row in rows}
    return [found[grant_id] for grant_id in ids]


async def test_a_row_is_the_same_by_either_way(database: Database, ids: list[str]) -> None:
    """Every column of a rotated, a redeemed and a read grant, of the types that SQLAlchemy gives it."""
    lanes = GrantLanes(database)
    async with database.writing() as db:
        login = await insert_login(db, NOW, email="petr@wedos.cz")
        codes = await insert_grants(db, login, [BOUND] * 2, NOW, state=GrantState.CODE, code_challenge="c")
        plain = await store.rotate(db, rotation(ids[0]), now=NOW, idle_expires_at=IDLE)
    laned = await rotate(lanes, rotation(ids[1]))
    assert plain is not None
    assert laned == plain._replace(id=ids[1])
    redemption = Redemption(
        *(codes[0], CLIENT_ID, "https://shop.example/cb", "c", read_user_agent(FIREFOX), BindingMode.STABLE, UNBOUND)
    )
    async with database.writing() as db:
        plain = await store.redeem_code(db, redemption, now=NOW, idle_expires_at=IDLE, ua_required=True)
    other = redemption._replace(grant_id=codes[1])
    laned = await lanes.redeem_code(other, now=NOW, idle_expires_at=IDLE, ua_required=True)
    assert plain is not None
    assert laned == plain._replace(id=codes[1])
    async with database.reading() as db:
        read = await store.find_live(db, ids[0], now=NOW)
    assert read is not None
    assert await lanes.find_live(ids[0], now=NOW) == LiveGrant.of(read)


async def test_everybody_gets_the_answer_to_their_own_question(database: Database, ids: list[str]) -> None:
    """Good and bad refreshes in one batch: each good one has rotated its own grant, the bad ones nothing."""
    lanes = GrantLanes(database)
    strangers = [
        rotation(ids[8], client_id="other"),
        rotation(ids[9], generation=7),
        rotation(ids[10], agent=read_user_agent(CHROME)),
        rotation("A" * 22),
    ]
    answers = await asyncio.gather(*(rotate(lanes, each) for each in [*map(rotation, ids[:8]), *strangers]))
    assert [answer and (answer.id, answer.generation) for answer in answers[:8]] == [(each, 2) for each in ids[:8]]
    assert answers[8:] == [None] * 4
    assert await generations(database, ids) == [2] * 8 + [1] * 4


async def test_of_eight_that_ask_the_same_one_wins(database: Database, ids: list[str]) -> None:
    """Those of one grant are never in one batch, so that each sees what the one before it did."""
    lanes = GrantLanes(database)
    answers = await asyncio.gather(*(rotate(lanes, rotation(ids[0])) for _ in range(8)))
    assert [answer is not None for answer in answers].count(True) == 1
    assert await generations(database, ids[:1]) == [2]


async def test_of_eight_that_redeem_one_code_one_wins(database: Database) -> None:
    """Beside codes of other grants, which fill the batches: the code is redeemed once, and every other code, too."""
    lanes = GrantLanes(database)
    async with database.writing() as db:
        login = await insert_login(db, NOW, email="petr@wedos.cz")
        codes = await insert_grants(db, login, [BOUND] * 9, NOW, state=GrantState.CODE, code_challenge="c")

    async def redeem(grant_id: str) -> bool:
        agent = read_user_agent(FIREFOX)
        asked = Redemption(*(grant_id, CLIENT_ID, "https://shop.example/cb", "c", agent, BindingMode.STABLE, UNBOUND))
        grant = await lanes.redeem_code(asked, now=NOW, idle_expires_at=IDLE, ua_required=True)
        return grant is not None

    answers = await asyncio.gather(*(redeem(each) for each in [codes[0]] * 8 + codes[1:]))
    assert answers[:8].count(True) == 1
    assert all(answers[8:])


async def test_many_share_few_transactions(database: Database, ids: list[str]) -> None:
    """Whoever comes while a batch is under way goes with the next one, all together; beside it from the eighth on."""
    lanes = GrantLanes(database)
    lane, sizes, go_on = lanes._rotations, [], asyncio.Event()
    assert isinstance(lane, BatchedLane)
    originals = {driver: driver.run for driver in lane._idle_drivers}

    def holding(driver: Driver) -> Any:
        async def run(statement: CompiledStatement, batch: Sequence[Any]) -> Any:
            assert [key for key, _ in batch] == sorted(key for key, _ in batch)
            sizes.append(len(batch))
            await go_on.wait()
            return await originals[driver](statement, batch)

        return run

    with ExitStack() as patched:
        for driver in originals:
            patched.enter_context(patch.object(driver, "run", holding(driver)))
        asked = []
        for together in (ids[:1], ids[1:8], ids[8:9], ids[9:]):
            asked += [asyncio.create_task(rotate(lanes, rotation(each))) for each in together]
            await _settled()
        go_on.set()
        assert all(await asyncio.gather(*asked))
    assert sizes == ([1, 11] if database.is_sqlite else [1, 8, 3])


async def test_a_key_is_under_way_once(database: Database, ids: list[str]) -> None:
    """An idle driver takes whoever waits but for the key that another one has: the later asker sees what that did."""
    statement = GrantLanes(database)._rotations.statement  # type: ignore[attr-defined]
    begun: list[list[str]] = []
    ends = [asyncio.Event() for _ in range(3)]

    class Held:
        async def run(self, _: CompiledStatement, batch: Sequence[Any]) -> Any:
            begun.append([key for key, _ in batch])
            await ends[len(begun) - 1].wait()
            return [None] * len(batch)

        async def close(self) -> None: ...

    lane = BatchedLane(statement, Held(), Held(), shares=False)

    def ask(grant_id: str) -> asyncio.Task[Any]:
        return asyncio.create_task(lane.run(rotation_parameters(rotation(grant_id), now=NOW, idle_expires_at=IDLE)))

    first, others = ids[0], sorted(ids[1:8])
    asked = [ask(first)]
    await _settled()
    asked += [ask(each) for each in (first, *others)]
    await _settled()
    ends[1].set()
    await asyncio.gather(*asked[2:])
    assert begun == [[first], others]
    for end in ends:
        end.set()
    await asyncio.gather(*asked)
    assert begun == [[first], others, [first]]


async def _settled() -> None:
    """Whatever was begun has come to where it waits."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_commit_that_fails_is_nobodys_success(database: Database, ids: list[str]) -> None:
    """Every statement has gone well, the commit does not: nobody is told a new generation, and there is none."""
    await install_failing_commits(database)
    lanes = GrantLanes(database)
    await fail_commits(database, really=True)
    answers = await asyncio.gather(*(rotate(lanes, rotation(each)) for each in ids), return_exceptions=True)
    assert all(isinstance(answer, Exception) for answer in answers)
    assert await generations(database, ids) == [1] * 12
    await fail_commits(database, really=False)
    assert all(await asyncio.gather(*(rotate(lanes, rotation(each)) for each in ids)))


async def test_a_value_that_cannot_be_sent_costs_only_its_sender(database: Database, ids: list[str]) -> None:
    """A number beyond the column's type: its own request fails, those beside it do not."""
    lanes = GrantLanes(database)
    asked = [rotation(ids[0]), rotation(ids[1], generation=2**70), rotation(ids[2])]
    good, bad, other = await asyncio.gather(*(rotate(lanes, each) for each in asked), return_exceptions=True)
    assert isinstance(bad, Exception)
    assert not isinstance(bad, DatabaseUnavailable)
    assert good is not None
    assert other is not None
    assert await generations(database, ids[:3]) == [2, 1, 2]


async def test_whoever_leaves_before_the_batch_changes_nothing(database: Database, ids: list[str]) -> None:
    """A caller that was cancelled while it waited is left out; one that leaves later holds nobody up."""
    lanes = GrantLanes(database)
    first = asyncio.create_task(rotate(lanes, rotation(ids[0])))
    await asyncio.sleep(0)  # the batch of one is on its way
    await asyncio.sleep(0)
    gone, staying = (asyncio.create_task(rotate(lanes, rotation(each))) for each in ids[1:3])
    await asyncio.sleep(0)
    gone.cancel()
    assert await first is not None
    assert await staying is not None
    assert await generations(database, ids[:3]) == [2, 1, 2]


async def test_those_who_read_the_same_share_an_answer(database: Database, ids: list[str]) -> None:
    """Twenty questions about three grants are answered alike, and nobody is told of another's grant."""
    lanes = GrantLanes(database)
    asked = [ids[number % 3] for number in range(20)]
    found = await asyncio.gather(*(lanes.find_live(each, now=NOW) for each in asked))
    assert [grant and grant.id for grant in found] == asked
    assert await lanes.find_live(ids[0], now=NOW + 90_000) is None


async def test_a_grant_is_made_of_its_row_once_for_as_long_as_that_is_the_same(
    database: Database, ids: list[str]
) -> None:
    """Every look-up asks the database: what it found before is not made again, what has changed is."""
    lanes = GrantLanes(database)
    first, other = [await lanes.find_live(each, now=NOW) for each in ids[:2]]
    assert await lanes.find_live(ids[0], now=NOW) is first
    assert other is not None
    assert other.id == ids[1]
    assert await rotate(lanes, rotation(ids[0])) is not None
    changed = await lanes.find_live(ids[0], now=NOW)
    assert changed is not None
    assert changed.generation == 2
    assert await lanes.find_live(ids[1], now=NOW) is other
    async with database.writing() as db:
        await db.execute(update(grants).where(grants.c.id == ids[1]).values(state=GrantState.REVOKED.value))
    assert await lanes.find_live(ids[1], now=NOW) is None


def test_as_many_connections_as_the_operator_is_told(tmp_path: Path) -> None:
    """Each driver may open one to PostgreSQL; what pages ask shares one."""
    database = build_wiring(test_settings("postgresql://somebody@nowhere/idp", tmp_path)).database
    text = Path("docs/operations.md").read_text(encoding="utf-8")
    assert f"up to {len(database.backend.opened)} more for its hot path" in text


@pytest.mark.requirement("RA-09")
async def test_whoever_waits_for_a_database_that_is_gone_waits_once(database: Database, ids: list[str]) -> None:
    """Eight refreshes of one grant would go one after the other: the first one's failure is the answer to all."""
    lanes = GrantLanes(database)
    lane = lanes._rotations
    assert isinstance(lane, BatchedLane)
    asked = 0

    async def run(*_: Any) -> Any:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        raise DatabaseUnavailable("gone")

    with ExitStack() as patched:
        for driver in lane._idle_drivers:
            patched.enter_context(patch.object(driver, "run", run))
        answers = await asyncio.gather(*(rotate(lanes, rotation(ids[0])) for _ in range(8)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [DatabaseUnavailable] * 8
    assert asked == 1
    assert await rotate(lanes, rotation(ids[0])) is not None


async def test_a_reader_on_the_event_loop_holds_it_up_for_a_moment_only(sqlite_url: str) -> None:
    """An exclusive lock of somebody else's is an error within a tenth of a second: meanwhile nobody else is served."""
    opened = Database(sqlite_url)
    lanes = GrantLanes(opened)
    assert await lanes.find_live("A" * 22, now=NOW) is None
    assert isinstance(opened.backend, SqliteBackend)
    assert await opened.backend.loop_reader.read("PRAGMA busy_timeout", ()) == (100,)
    await opened.close()
