"""Every statement of the hot path, every revocation and every sweep finds its rows along an index, on PostgreSQL."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Select, Update, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.scale.filling import copy
from bench.scale.rows import chunk
from idp.accounts import store as accounts
from idp.administration.pruning import SWEEPS
from idp.credentials import store as credentials
from idp.database.engine import Database
from idp.database.sweeping import Sweep, candidates, deletion
from idp.devices import store as devices
from idp.grants import revoked_tokens, statements
from idp.grants import store as grants
from idp.grants.grant import RevocationReason
from idp.grants.store import Redemption, Rotation
from idp.grants.table import grants as grants_table
from idp.lifecycle import resource_owner
from idp.lifecycle.resource_owner import RESOURCE_OWNER
from idp.messaging import store as messages
from idp.messaging.store import ClaimedMessage, Result
from idp.protocol.confirmation import UNBOUND
from idp.protocol.user_agent_binding import Binding, BindingMode, bind, read_user_agent
from idp.sealing import new_id
from idp.sessions import lanes as session_lanes
from idp.sessions import store as sessions
from idp.sessions.session import BrowserSession, EndReason
from idp.throttling import lanes as attempt_lanes
from tests.support import schema
from tests.support.browser import FIREFOX
from tests.support.grants import CLIENT_ID, insert_grants, insert_login
from tests.support.plans import GROWING, Sent, fill_others, indexes_of, plans, sending, whole_reads
from tests.support.postgresql import Cluster

NOW = 1_768_478_400
AGENT = read_user_agent(FIREFOX)
BOUND: Binding = bind(BindingMode.STABLE, AGENT)
Work = Callable[[AsyncConnection, "Rows"], Awaitable[Any]]


class Rows:
    """One login with one grant among many others."""

    def __init__(self, login: tuple[str, str], grant_id: str) -> None:
        self.account_id, self.session_id = login
        self.grant_id = grant_id


@pytest.fixture(scope="module")
def filled_url(postgresql: Cluster, postgresql_template: str) -> Iterator[str]:
    """A database with 10,000 grants of 1,000 accounts, and whatever else grows, whose statistics are known."""
    name = asyncio.run(schema.copy_postgresql(postgresql, postgresql_template))
    asyncio.run(_fill(postgresql.url(name)))
    yield postgresql.url(name)
    asyncio.run(schema.drop_postgresql(postgresql, name))


async def _fill(url: str) -> None:
    connection: Any = await asyncpg.connect(url)
    for table, rows in chunk(range(10_000), NOW):
        await copy(connection, table.name, [column.name for column in table.columns], rows)
    database = Database(url)
    async with database.writing() as db:
        await fill_others(db, 2_000)
    await connection.execute("ANALYZE")
    await connection.close()
    await database.close()


@asynccontextmanager
async def _rolled_back(url: str) -> AsyncIterator[AsyncConnection]:
    database = Database(url)
    try:
        async with database.writer.connect() as db:
            yield db
    finally:
        await database.close()


async def rows_of_one_login(db: AsyncConnection) -> Rows:
    login = await insert_login(db, NOW)
    (grant_id,) = await insert_grants(db, login, [BOUND], NOW)
    return Rows(login, grant_id)


def _redeem(becomes: BindingMode) -> Work:
    def work(db: AsyncConnection, rows: Rows) -> Awaitable[Any]:
        redemption = Redemption(rows.grant_id, CLIENT_ID, "https://shop.example/cb", None, AGENT, becomes, UNBOUND)
        return grants.redeem_code(db, redemption, now=NOW, idle_expires_at=NOW + 60, ua_required=False)

    return work


def _rotate(db: AsyncConnection, rows: Rows) -> Awaitable[Any]:
    rotation = Rotation(
        rows.grant_id, CLIENT_ID, 1, AGENT,
        agent_given=True, offline_allowed=True, sender=UNBOUND, sender_may_change=True,
    )  # fmt: skip
    return grants.rotate(db, rotation, now=NOW, idle_expires_at=NOW + 60)


async def _open_grant(db: AsyncConnection, rows: Rows) -> None:
    grant = await grants.find(db, rows.grant_id)
    assert grant is not None
    await grants.open_grant(db, grant._replace(id=new_id(), flow_id=new_id()))


async def _rebind(db: AsyncConnection, rows: Rows) -> None:
    grant = await grants.find(db, rows.grant_id)
    assert grant is not None
    await grants.rebind(db, grant, BOUND)


def _with_session(change: Callable[[AsyncConnection, Any], Awaitable[Any]]) -> Work:
    async def work(db: AsyncConnection, rows: Rows) -> None:
        session = await sessions.find(db, rows.session_id)
        assert session is not None
        await change(db, session)

    return work


def _insert_session(db: AsyncConnection, session: BrowserSession) -> Awaitable[Any]:
    return sessions.insert_session(db, replace(session, id=new_id()))


def _insert_message(db: AsyncConnection, rows: Rows) -> Awaitable[Any]:
    return messages.insert(
        db, id=new_id(), channel="mail", kind="verify_email", recipient="lucie@wedos.cz", state="queued", attempts=0,
        due_at=NOW, created_at=NOW,
    )  # fmt: skip


MESSAGE = ClaimedMessage("m", "mail", "verify_email", None, "lucie@wedos.cz", None, 1, NOW, NOW, NOW + 60)
RESULT = Result(MESSAGE, "sent", "smtp", "250", at=NOW, due_at=NOW, attempts=1)
ENDED: dict[str, Any] = {"reason": RevocationReason.LOGOUT, "now": NOW}

# By module and function; what follows a colon is a variant.
CASES: dict[str, Work] = {
    "grants.open_grant": _open_grant,
    "grants.redeem_code:REDEEM_BOUND": _redeem(BindingMode.STABLE),
    "grants.redeem_code:REDEEM_UNBOUND": _redeem(BindingMode.UNBOUND),
    "grants.redeem_code:REDEEM_AS_PRODUCT": _redeem(BindingMode.PRODUCT),
    "grants.rotate:ROTATE": _rotate,
    "grants.find": lambda db, rows: grants.find(db, rows.grant_id),
    "grants.find_live:LIVE_GRANT": lambda db, rows: grants.find_live(db, rows.grant_id, now=NOW),
    "grants.find_live:LIVE_GRANT_IN_SHORT": lambda db, rows: db.execute(
        statements.LIVE_GRANT_IN_SHORT, {"given_grant_id": rows.grant_id, "now": NOW}
    ),
    "grants.find_live_of_login:LIVE_GRANT_OF_LOGIN": lambda db, rows: grants.find_live_of_login(
        db, rows.session_id, CLIENT_ID, acr="urn:idp:acr:pwd", now=NOW
    ),
    "grants.find_by_flow": lambda db, _: grants.find_by_flow(db, "flow"),
    "grants.list_clients_of_sessions": lambda db, rows: grants.list_clients_of_sessions(db, [rows.session_id]),
    "grants.rebind": _rebind,
    "grants.revoke": lambda db, rows: grants.revoke(db, rows.grant_id, **ENDED),
    "grants.revoke_for_session": lambda db, rows: grants.revoke_for_session(
        db, rows.session_id, spare_offline=True, **ENDED
    ),
    "grants.revoke_for_account": lambda db, rows: grants.revoke_for_account(db, rows.account_id, **ENDED),
    "grants.revoke_for_client": lambda db, _: grants.revoke_for_client(db, CLIENT_ID, **ENDED, limit=100),
    "grants.revoke_for_session_and_client": lambda db, rows: grants.revoke_for_session_and_client(
        db, rows.session_id, CLIENT_ID, **ENDED
    ),
    "revoked_tokens.revoke_token": lambda db, _: revoked_tokens.revoke_token(db, "jti", expires_at=NOW),
    "lane:REVOKED_TOKEN": lambda db, _: db.execute(statements.REVOKED_TOKEN, {"given_jti": "jti"}),
    "sessions.insert_session": _with_session(_insert_session),
    "sessions.find": lambda db, rows: sessions.find(db, rows.session_id),
    "lane:SESSION_OF_SECRET": lambda db, _: db.execute(session_lanes.SESSION_OF_SECRET, {"given_digest": "one"}),
    "lane:RESOURCE_OWNER": lambda db, rows: db.execute(RESOURCE_OWNER, {"given_grant_id": rows.grant_id, "now": NOW}),
    "lane:ACCOUNT": lambda db, _: db.execute(accounts.ACCOUNT, {"given_account_id": "a"}),
    "lane:ACCOUNT_OF_EMAIL": lambda db, _: db.execute(accounts.ACCOUNT_OF_EMAIL, {"given_email": "a@wedos.cz"}),
    "lane:ACCOUNT_OF_NAME": lambda db, _: db.execute(accounts.ACCOUNT_OF_NAME, {"given_name": "lucie"}),
    "lane:PASSWORD_HASH": lambda db, _: db.execute(credentials.PASSWORD_HASH, {"given_account_id": "a"}),
    "lane:KNOWN": lambda db, _: db.execute(devices.KNOWN, {"given_device_id": "d", "given_account_id": "a"}),
    "lane:COUNTER": lambda db, _: db.execute(attempt_lanes.COUNTER, {"given_key": "k"}),
    "sessions.renew": _with_session(sessions.renew),
    "sessions.touch": _with_session(lambda db, it: sessions.touch(db, it, binding=BOUND, idle_expires_at=NOW, now=NOW)),
    "sessions.hold_partial": lambda db, rows: sessions.hold_partial(db, rows.session_id, now=NOW),
    "sessions.end": lambda db, rows: sessions.end(db, rows.session_id, reason=EndReason.LOGOUT, now=NOW),
    "sessions.end_all_for_account": lambda db, rows: sessions.end_all_for_account(
        db, rows.account_id, reason=EndReason.LOGOUT, now=NOW, spare="another"
    ),
    "messages.count_waiting": lambda db, _: messages.count_waiting(db),
    "messages.insert": _insert_message,
    "messages.has_due": lambda db, _: messages.has_due(db, "mail", NOW),
    "messages.drop_dead": lambda db, _: messages.drop_dead(db, "sms", NOW, repeats_safely=False),
    "messages.claim": lambda db, _: messages.claim(db, "mail", limit=10, now=NOW, lease_ends=NOW + 60),
    "messages.claim_untried": lambda db, _: messages.claim_untried(db, ["m"], lease_ends=NOW + 60),
    "lane:RECORD_RESULT": lambda db, _: db.execute(messages.RECORD_RESULT, messages.result_parameters(RESULT)),
    "messages.find_hold_up": lambda db, _: messages.find_hold_up(db, "m", paused=frozenset()),
    "messages.requeue": lambda db, _: messages.requeue(db, "m", NOW),
    "messages.find_fate": lambda db, _: messages.find_fate(db, "m"),
    "messages.list_fates": lambda db, rows: messages.list_fates(db, account_id=rows.account_id),
    "messages.erase_dead_payloads": lambda db, _: messages.erase_dead_payloads(db, NOW, 500),
    "accounts.find": lambda db, rows: accounts.find(db, rows.account_id),
    "accounts.find_by_email": lambda db, _: accounts.find_by_email(db, "lucie@wedos.cz"),
    "accounts.find_by_login_name": lambda db, _: accounts.find_by_login_name(db, "lucie"),
    "accounts.list_by_phone": lambda db, _: accounts.list_by_phone(db, "+420601123456"),
}


@pytest.mark.parametrize("work", CASES.values(), ids=CASES.keys())
async def test_a_statement_reads_no_growing_table_whole(filled_url: str, work: Work) -> None:
    """Each scan that the planner chooses has a condition on an index."""
    async with _rolled_back(filled_url) as db:
        rows = await rows_of_one_login(db)
        with sending(db) as sent:
            await work(db, rows)
        assert sent.statements
        assert await whole_reads(db, sent) == []


_BY_KEY = [name for name in CASES if name.startswith(("grants.redeem_code", "grants.rotate", "grants.find_live:"))]
_BY_KEY += ["grants.find", "grants.rebind", "grants.revoke", "lane:RESOURCE_OWNER"]


@pytest.mark.parametrize("name", _BY_KEY)
async def test_a_grant_whose_id_is_known_is_found_by_its_key(filled_url: str, name: str) -> None:
    """Not along an index of few rows: at the last look the planner has seen neither a code nor a revoked grant."""
    async with _rolled_back(filled_url) as db:
        states = (await db.scalars(select(grants_table.c.state).distinct())).all()
        rows = await rows_of_one_login(db)
        with sending(db) as sent:
            await CASES[name](db, rows)
        assert states == ["active"]
        for _, plan in await plans(db, sent):
            assert indexes_of(plan, "grants") <= {"pk_grants"}


def _name(sweep: Sweep) -> str:
    return f"{sweep.table.name}.{sweep.over_at.name}"


@pytest.mark.parametrize("sweep", SWEEPS, ids=_name)
async def test_a_sweep_reads_no_growing_table_whole(filled_url: str, sweep: Sweep) -> None:
    """Neither to find what is over, from the start or from a place on, nor to delete it."""
    place = (NOW, *("x" for _ in sweep.table.primary_key))
    rows: list[Any] = [place]
    async with _rolled_back(filled_url) as db:
        with sending(db) as sent:
            await db.execute(candidates(sweep, NOW, limit=500))
            await db.execute(candidates(sweep, NOW, limit=500, place=place))
            await db.execute(deletion(sweep, rows, NOW))
        assert len(sent.statements) == 3
        assert await whole_reads(db, sent) == []


async def test_rows_to_delete_are_found_by_their_keys(filled_url: str) -> None:
    """A planner whose statistics are older than a mass revocation must not choose the index of what is over."""
    async with _rolled_back(filled_url) as db:
        await db.execute(update(grants_table).values(state="revoked", revoked_at=NOW - 2 * 86_400))
        for sweep in SWEEPS:
            if sweep.table is grants_table:
                with sending(db) as sent:
                    rows: Any = (await db.execute(select(sweep.over_at, grants_table.c.id).limit(100))).all()
                    await db.execute(deletion(sweep, rows, NOW))
                _, (_, plan) = await plans(db, sent)
                assert indexes_of(plan, "grants") == {"pk_grants"}


def test_no_statement_is_forgotten() -> None:
    """Every function of the stores and every statement of a grant's life is among the cases, every sweep is of a table
    that grows.
    """
    covered = {case.partition(":")[0] for case in CASES}
    modules: dict[str, Any] = {"grants": grants, "sessions": sessions, "messages": messages}
    modules["revoked_tokens"] = revoked_tokens
    for name, module in modules.items():
        functions = inspect.getmembers(module, inspect.iscoroutinefunction)
        own = {f"{name}.{function}" for function, what in functions if what.__module__ == module.__name__}
        assert {function for function in own if "._" not in function} <= covered
    of_lanes = (statements, accounts, attempt_lanes, credentials, devices, messages, resource_owner, session_lanes)
    constants = [constant for module in of_lanes for constant in vars(module).items()]
    named = {name for name, value in constants if isinstance(value, Update | Select) and not name.startswith("_")}
    assert named == {case.partition(":")[2] for case in CASES} - {""}
    assert {sweep.table.name for sweep in SWEEPS} <= GROWING


async def test_a_missing_index_is_seen(filled_url: str) -> None:
    """What these tests look for is found where it is: nobody looks for a grant by its nonce."""
    async with _rolled_back(filled_url) as db:
        sent = Sent([("SELECT id FROM grants WHERE nonce = '17'", ())])
        assert len(await whole_reads(db, sent)) == 1
