"""Rows of `decoupled_requests`: what is swept, what may be given out again, what is sealed."""

from dataclasses import replace

from idp.database.engine import Database
from idp.database.sweeping import sweep_batch
from idp.decoupled import store
from idp.decoupled.request import DecoupledRequest, Kind, State
from idp.decoupled.table import decoupled_requests
from idp.protocol.authorization_request import AuthorizationRequest
from idp.sealing import MasterKeys, new_id
from tests.support.clock import MovableClock
from tests.support.grants import insert_login
from tests.support.queries import count_rows

_CODE = "BCDF-GHJK"


def a_request(now: int) -> DecoupledRequest:
    """A device's, that nobody has answered."""
    return DecoupledRequest(
        id=new_id(),
        kind=Kind.DEVICE,
        state=State.PENDING,
        client_id="tv",
        account_id=None,
        grant_id=None,
        asked=AuthorizationRequest("tv", "", "", "", scope=("openid",)),
        binding_message=None,
        secrets={"user_code": _CODE},
        origin_address="192.0.2.1",
        origin_agent="AcmeTV/3.1",
        interval=5,
        created_at=now,
        expires_at=now + 600,
    )


async def test_two_devices_never_show_one_code(
    database: Database, master_keys: MasterKeys, clock: MovableClock
) -> None:
    """The second insert is refused while the first waits; once it is answered the code is free."""
    now, first = clock.now(), a_request(clock.now())
    second = replace(first, id=new_id())
    async with database.writing() as db:
        account_id, _ = await insert_login(db, now)
        assert await store.insert(db, master_keys, first, secret="a" * 43)
        assert not await store.insert(db, master_keys, second, secret="b" * 43)
        assert await store.deny(db, master_keys, first.id, account_id=account_id, now=now) is not None
        assert await store.insert(db, master_keys, second, secret="b" * 43)
        found = await store.find_by_user_code(db, master_keys, _CODE, now)
    assert found == second


async def test_what_is_over_is_swept_an_hour_later(
    database: Database, master_keys: MasterKeys, clock: MovableClock
) -> None:
    """Until then a late poll is told that it is late."""
    now = clock.now()
    async with database.writing() as db:
        await store.insert(db, master_keys, a_request(now), secret="a" * 43)
        assert (await sweep_batch(db, store.SWEEP, now + 600 + 3599, limit=100)).deleted == 0
        assert (await sweep_batch(db, store.SWEEP, now + 600 + 3600, limit=100)).deleted == 1
    assert await count_rows(database, decoupled_requests) == 0
