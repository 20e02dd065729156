"""Audit rows: complete, bounded, free of secrets."""

import json
import secrets

import pytest

from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.audit.store import AuditEvent, list_events
from idp.clock import Clock
from idp.database.engine import Database
from idp.sealing import new_id, new_secret

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def an_origin(clock: Clock, *, address: str = "192.0.2.7", user_agent: str = FIREFOX, actor: str = "acc_1") -> Origin:
    return Origin(address, user_agent, device_id="d" * 43, request_id="r-1", actor=actor, now=clock.now())


async def only_event(database: Database) -> AuditEvent:
    async with database.reading() as db:
        (event,) = await list_events(db)
    return event


@pytest.mark.requirement("LG-03")
async def test_row_names_who_what_where_and_when(database: Database, clock: Clock) -> None:
    """An event keeps account, client, session, device, address, browser, request, actor, result and time."""
    session_id = new_id()
    async with database.writing() as db:
        await record(
            db,
            Event.OTP_FAILED,
            outcome="failure",
            origin=an_origin(clock),
            account_id="acc_1",
            client_id="portal",
            session_id=session_id,
            details={"factor": "otp", "tries_left": 3},
        )
    event = await only_event(database)
    assert event == AuditEvent(
        seq=event.seq,
        at=clock.now(),
        event="otp_failed",
        outcome="failure",
        account_id="acc_1",
        client_id="portal",
        session_id=session_id,
        device_id="d" * 43,
        actor="acc_1",
        address="192.0.2.7",
        user_agent=FIREFOX,
        request_id="r-1",
        details={"factor": "otp", "tries_left": 3},
    )


@pytest.mark.requirement("LG-03")
async def test_every_listed_event_can_be_recorded(database: Database, clock: Clock) -> None:
    """Every name fits its column, and at least the 25 listed security events have one."""
    async with database.writing() as db:
        for event in Event:
            await record(db, event, outcome="success", origin=an_origin(clock))
    async with database.reading() as db:
        recorded = [row.event for row in await list_events(db)]
    assert recorded == [event.value for event in reversed(Event)]
    assert len(Event) >= 25


@pytest.mark.requirement("LG-01")
async def test_secrets_in_details_are_not_stored(database: Database, clock: Clock) -> None:
    """Neither a value with a secret's name nor one that looks like a secret reaches the table."""
    canaries = {
        "password": "correct horse battery",
        "code": "482913",
        "access_token": new_secret(),
        "reason": f"token {new_secret()} was refused",
        "query": f"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.{new_secret()}",
        "typed": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "late": "x" * 290 + new_secret(),
    }
    nested = [new_secret(), "harmless"]
    async with database.writing() as db:
        await record(
            db,
            Event.LOGIN_FAILED,
            outcome="failure",
            origin=an_origin(clock),
            details={**canaries, "list": nested, "grant": "g" * 22},
        )
    event = await only_event(database)
    stored = json.dumps(dict(event.details))
    for canary in ["correct horse", "482913", "JBSWY", "eyJ", nested[0], canaries["access_token"]]:
        assert canary not in stored
    for name in ("reason", "query", "late"):
        assert canaries[name][-43:-20] not in stored
    assert event.details["list"] == ["[removed]", "harmless"]
    assert event.details["grant"] == "g" * 22  # an id is no secret


@pytest.mark.requirement("LG-02")
async def test_values_cannot_forge_lines_or_overflow(database: Database, clock: Clock) -> None:
    """Line breaks, escapes, bidi, NUL and lone surrogates are shown as U+FFFD; huge values are cut; types survive."""
    hostile = "a\r\nb\x1b[31m\u2028\u202e\x00\x85\ud800"
    async with database.writing() as db:
        await record(
            db,
            Event.THROTTLED,
            outcome="refused",
            origin=an_origin(clock, address=hostile, user_agent=hostile + "x" * 1_000_000, actor=hostile),
            client_id=hostile + "y" * 1000,
            details={
                hostile: hostile,
                "big": " big" * 300_000,
                "many": ["ok"] * 1000,
                "flag": True,
                "none": None,
                **{f"k{index}": index for index in range(100)},
            },
        )
    event = await only_event(database)
    shown = "a��b�[31m�����"
    assert event.address == shown
    assert event.actor == shown
    assert event.user_agent is not None
    assert len(event.user_agent) == 512
    assert event.client_id is not None
    assert len(event.client_id) == 128
    assert event.details[shown] == shown
    assert len(event.details["big"]) == 300
    assert len(event.details["many"]) == 50
    assert event.details["flag"] is True
    assert event.details["none"] is None
    assert len(event.details) == 20


async def test_rolled_back_work_leaves_no_event(database: Database, clock: Clock) -> None:
    """The row shares the fate of the transaction it tells about."""

    async def fail_after_recording() -> None:
        async with database.writing() as db:
            await record(db, Event.CONSENT_GIVEN, outcome="success", origin=an_origin(clock))
            raise LookupError

    with pytest.raises(LookupError):
        await fail_after_recording()
    async with database.reading() as db:
        assert await list_events(db) == []


async def test_events_are_listed_newest_first_and_filtered(database: Database, clock: Clock) -> None:
    """One account's history, one kind of event, and the page after the last one seen."""
    async with database.writing() as db:
        for account_id in ("acc_1", "acc_2", "acc_1"):
            await record(db, Event.LOGIN_SUCCEEDED, outcome="success", origin=an_origin(clock), account_id=account_id)
        await record(db, Event.LOGOUT, outcome="success", origin=an_origin(clock), account_id="acc_1")
    async with database.reading() as db:
        history = await list_events(db, account_id="acc_1")
        assert [event.event for event in history] == ["logout", "login_succeeded", "login_succeeded"]
        assert len(await list_events(db, event="login_succeeded")) == 3
        assert await list_events(db, account_id="acc_1", before=history[1].seq) == [history[2]]
        assert len(await list_events(db, limit=2)) == 2


async def test_unknown_visitor_is_an_actor_too(database: Database, clock: Clock) -> None:
    """Nothing is known about the origin: the event is still written, by `anonymous`."""
    origin = Origin(None, None, None, None, actor="", now=clock.now())
    async with database.writing() as db:
        await record(db, Event.LOGIN_FAILED, outcome="failure", origin=origin, details={"n": secrets.randbelow(9)})
    event = await only_event(database)
    assert (event.actor, event.address, event.user_agent) == ("anonymous", None, None)
