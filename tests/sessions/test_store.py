"""Rows of sessions: found by a secret's digest alone, renewed with a new one, ended once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.accounts.account import Account
from idp.accounts.store import insert as insert_account
from idp.database.engine import Database
from idp.database.sweeping import sweep_batch
from idp.protocol.user_agent_binding import BindingMode, bind, read_user_agent
from idp.sealing import digest, new_id
from idp.sessions import store
from idp.sessions.evidence import Evidence, Factor
from idp.sessions.lanes import SessionLane
from idp.sessions.session import BrowserSession, EndReason, Lifetime, SessionStatus
from idp.sessions.sweeping import SWEEP
from idp.sessions.table import browser_sessions
from tests.support.browser import CHROME, FIREFOX
from tests.support.clock import MovableClock

HOUR = 3600


def a_session(now: int, *, account_id: str = "acc_a", remembered: bool = False) -> BrowserSession:
    return BrowserSession(
        id=new_id(),
        account_id=account_id,
        device_id="d" * 43,
        status=SessionStatus.PARTIAL,
        evidence=Evidence().proven(Factor.PASSWORD, at=now, flow_id="f"),
        remembered=remembered,
        binding=bind(BindingMode.STABLE, read_user_agent(FIREFOX)),
        created_at=now,
        last_seen_at=now,
        idle_expires_at=now + HOUR,
        expires_at=now + 2 * HOUR,
    )


@pytest.fixture
async def sessions(database: Database, clock: MovableClock) -> Database:
    """A database with two accounts."""
    async with database.writing() as db:
        for name in ("acc_a", "acc_b"):
            await insert_account(
                db,
                Account(
                    id=name, login_email=f"{name}@wedos.cz", locale="en", created_at=clock.now(), updated_at=clock.now()
                ),
            )
    return database


@pytest.mark.requirement("SE-03")
async def test_a_session_comes_back_as_it_was_put_in(sessions: Database, clock: MovableClock) -> None:
    """By its secret, of which the table holds the digest only; 256 random bits, another every time."""
    session = a_session(clock.now())
    async with sessions.writing() as db:
        secret = await store.insert_session(db, session)
        others = {await store.insert_session(db, a_session(clock.now())) for _ in range(20)}
    assert len(others | {secret}) == 21
    lane = SessionLane(sessions)
    assert await lane.list_by_secrets([secret, "x" * 43]) == [(secret, session)]
    assert await lane.list_by_secrets([digest(secret), session.id]) == []
    async with sessions.reading() as db:
        assert await store.find(db, session.id) == session
        text = str((await db.execute(browser_sessions.select())).all())
    assert secret not in text


async def test_sessions_come_in_the_order_of_the_cookie(sessions: Database, clock: MovableClock) -> None:
    """The current one first."""
    async with sessions.writing() as db:
        secrets = [await store.insert_session(db, a_session(clock.now())) for _ in range(3)]
    found = await SessionLane(sessions).list_by_secrets(secrets[::-1])
    assert [secret for secret, _ in found] == secrets[::-1]


@pytest.mark.requirement("SE-01")
async def test_new_evidence_gives_a_new_secret(sessions: Database, clock: MovableClock) -> None:
    """The old secret opens nothing any more; the id stays; an ended session gains nothing."""
    session = a_session(clock.now())
    evidence = session.evidence.proven(Factor.OTP, at=clock.now() + 5, flow_id="g")
    lifetime = Lifetime(idle=timedelta(seconds=60), total=timedelta(seconds=600))
    stronger = replace(session, evidence=evidence, status=SessionStatus.ACTIVE)
    renewed = stronger.aged(lifetime, clock.now() + 5, keeps_age=False)
    async with sessions.writing() as db:
        old = await store.insert_session(db, session)
        new = await store.renew(db, renewed)
        assert new is not None
    lane = SessionLane(sessions)
    assert await lane.list_by_secrets([old]) == []
    ((_, found),) = await lane.list_by_secrets([new])
    assert (found.id, found.evidence, found.status) == (session.id, evidence, SessionStatus.ACTIVE)
    assert (found.idle_expires_at, found.expires_at) == (clock.now() + 65, clock.now() + 605)
    async with sessions.writing() as db:
        assert await store.end(db, session.id, reason=EndReason.LOGOUT, now=clock.now())
        assert await store.renew(db, renewed) is None


@pytest.mark.requirement("SE-06")
def test_a_change_that_is_no_login_does_not_prolong_the_session(clock: MovableClock) -> None:
    """The time a session may live in all is counted from the login; using it moves only the idle end."""
    session = a_session(clock.now())
    lifetime = Lifetime(idle=timedelta(seconds=60), total=timedelta(days=99))
    aged = session.aged(lifetime, clock.now() + 5, keeps_age=True)
    assert (aged.idle_expires_at, aged.expires_at) == (clock.now() + 65, session.expires_at)


async def test_a_session_ends_once_and_for_ever(sessions: Database, clock: MovableClock) -> None:
    """The second end says so and changes no reason; using it does not bring it back."""
    session = a_session(clock.now())
    async with sessions.writing() as db:
        secret = await store.insert_session(db, session)
        assert await store.end(db, session.id, reason=EndReason.USER_AGENT_CHANGED, now=clock.now())
        assert not await store.end(db, session.id, reason=EndReason.LOGOUT, now=clock.now())
        other = bind(BindingMode.STABLE, read_user_agent(CHROME))
        await store.touch(db, session, binding=other, idle_expires_at=clock.now() + 9 * HOUR, now=clock.now())
    ((_, found),) = await SessionLane(sessions).list_by_secrets([secret])
    assert found.ended_reason is EndReason.USER_AGENT_CHANGED
    assert not found.is_alive(clock.now())
    assert found.binding == session.binding


@pytest.mark.requirement("SE-09")
async def test_all_sessions_of_an_account_end_but_the_spared_one(sessions: Database, clock: MovableClock) -> None:
    """Nobody else's."""
    mine = [a_session(clock.now()) for _ in range(3)]
    theirs = a_session(clock.now(), account_id="acc_b")
    async with sessions.writing() as db:
        for session in (*mine, theirs):
            await store.insert_session(db, session)
        ended = await store.end_all_for_account(
            db, "acc_a", reason=EndReason.OTP_CHANGED, now=clock.now(), spare=mine[0].id
        )
        assert sorted(ended) == sorted(session.id for session in mine[1:])
        alive = []
        for session in (*mine, theirs):
            found = await store.find(db, session.id)
            assert found is not None
            alive.append(found.is_alive(clock.now()))
    assert alive == [True, False, False, True]


@pytest.mark.requirement("SE-06")
def test_how_long_a_session_is_alive(clock: MovableClock) -> None:
    """Until it was idle for too long, or is too old, whichever comes first."""
    session = a_session(clock.now())
    assert session.is_alive(clock.now() + HOUR - 1)
    assert not session.is_alive(clock.now() + HOUR)


async def test_old_sessions_are_swept(sessions: Database, clock: MovableClock) -> None:
    """A week after they expired, so many at a time; younger ones stay."""
    async with sessions.writing() as db:
        for _ in range(3):
            await store.insert_session(db, a_session(clock.now()))
        young = a_session(clock.now() + 8 * 86_400)
        await store.insert_session(db, young)
        week_after = clock.now() + 2 * HOUR + 7 * 86_400
        assert (await sweep_batch(db, SWEEP, week_after - 1, limit=10)).deleted == 0
        assert (await sweep_batch(db, SWEEP, week_after, limit=2)).deleted == 2
        assert (await sweep_batch(db, SWEEP, week_after, limit=10)).deleted == 1
        assert await store.find(db, young.id) == young
