"""Keys rotate by themselves: in time, once, and so that no relying party meets a signature it cannot check."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from idp.administration.key_schedule import rotate_due_keys
from idp.administration.keys import list_signing_keys, longest_token_lifetime, rotates_at
from idp.audit.store import list_events
from idp.database.engine import Database
from idp.keys.algorithms import registry_of
from idp.keys.rotation import JWKS_MAX_AGE_SECONDS, ensure_keys
from idp.keys.signing_key import KeyState
from idp.sealing import MasterKeys
from tests.support.browser import Browser
from tests.support.calls import get, json_of
from tests.support.clock import MovableClock
from tests.support.provider import Provider, running_provider, test_settings
from tests.support.relying_party import RelyingParty

PERIOD = timedelta(days=90)
LIFETIME = 3600


async def turn(database: Database, master_keys: MasterKeys, clock: MovableClock, period: timedelta = PERIOD) -> int:
    """One look at the clock by one process; how many algorithms it rotated."""
    done = await rotate_due_keys(database, master_keys, now=clock.now(), period=period, longest_token_lifetime=LIFETIME)
    return len(done)


async def states(database: Database) -> Counter[str]:
    return Counter(key.state.value for key in await list_signing_keys(database, with_retired=True))


@pytest.mark.requirement("OC-34", "OT-22")
async def test_keys_rotate_when_their_time_has_come(
    database: Database, master_keys: MasterKeys, clock: MovableClock
) -> None:
    """Not a second earlier; then once, with an event; and again one period later. `0` is never."""
    await ensure_keys(database, master_keys, now=clock.now(), algorithms=["ES256"])
    (current,) = [key for key in await list_signing_keys(database) if key.state is KeyState.CURRENT]
    assert rotates_at(current, PERIOD) == clock.now() + PERIOD.total_seconds()
    clock.advance(days=90, seconds=-1)
    assert await turn(database, master_keys, clock) == 0
    clock.advance(seconds=1)
    assert await turn(database, master_keys, clock, timedelta(0)) == 0
    assert await turn(database, master_keys, clock) == 1
    assert await turn(database, master_keys, clock) == 0
    assert await states(database) == {"previous": 1, "current": 1, "next": 1}
    async with database.reading() as db:
        (event,) = [event for event in await list_events(db) if event.event == "key_rotated"]
    assert event.actor == "system"
    clock.advance(days=90)
    assert await turn(database, master_keys, clock) == 1
    assert await states(database) == {"retired": 1, "previous": 1, "current": 1, "next": 1}


async def test_eight_processes_rotate_once(database: Database, master_keys: MasterKeys, clock: MovableClock) -> None:
    """All look at the same moment; one does it."""
    await ensure_keys(database, master_keys, now=clock.now(), algorithms=["ES256"])
    clock.advance(days=90)
    assert sum(await asyncio.gather(*(turn(database, master_keys, clock) for _ in range(8)))) == 1
    assert await states(database) == {"previous": 1, "current": 1, "next": 1}


async def test_a_key_that_nobody_knows_yet_waits(
    sqlite_database: Database, master_keys: MasterKeys, clock: MovableClock
) -> None:
    """A period shorter than caches live never lets an unpublished key sign."""
    await ensure_keys(sqlite_database, master_keys, now=clock.now(), algorithms=["ES256"])
    clock.advance(seconds=JWKS_MAX_AGE_SECONDS)
    assert await turn(sqlite_database, master_keys, clock, timedelta(seconds=1)) == 0
    clock.advance(seconds=60)
    assert await turn(sqlite_database, master_keys, clock, timedelta(seconds=1)) == 1


@pytest.mark.requirement("RN-02", "JW-10", "OC-34", "OT-22")
async def test_RN_02_two_nodes_and_their_relying_parties_know_every_key(
    database_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    """One node rotates; what it signs verifies with the key set of the other, which has not heard of it, and back."""
    settings = test_settings(database_url, tmp_path / "var")
    async with running_provider(settings, clock) as first, running_provider(settings, clock) as second:
        await first.account()
        clients = {
            alg: await first.client(f"c-{alg.lower()}", id_token_signed_response_alg=alg, user_agent_binding="off")
            for alg in ("RS256", "PS256", "ES256", "EdDSA")
        }
        clock.advance(days=90)
        cached = json_of(await get(second, "/jwks"))
        old = {alg: await _id_token(second, RelyingParty(second, client)) for alg, client in clients.items()}
        done = await rotate_due_keys(
            first.wiring.database,
            first.keys,
            now=clock.now(),
            period=settings.key_rotation,
            longest_token_lifetime=longest_token_lifetime(settings),
        )
        assert len(done) == len(clients)
        await first.wiring.refresh()
        fresh = json_of(await get(first, "/jwks"))
        new = {alg: await _id_token(first, RelyingParty(first, client)) for alg, client in clients.items()}
        for alg in clients:
            assert _kid(new[alg], alg, cached) != _kid(old[alg], alg, fresh)
        for jwks in (cached, fresh):
            kids = [key["kid"] for key in jwks["keys"]]
            assert len(set(kids)) == len(kids)
        clock.advance(seconds=longest_token_lifetime(settings) + 1)
        assert {key["kid"] for key in cached["keys"]} <= {key["kid"] for key in fresh["keys"]}


async def _id_token(provider: Provider, rp: RelyingParty) -> str:
    async with Browser(provider.app) as browser:
        token: str = (await rp.tokens(browser))["id_token"]
        return token


def _kid(token: str, alg: str, jwks: object) -> str:
    """Of the key that the token verifies with; raises for an unknown one."""
    keys = KeySet.import_key_set(jwks)  # type: ignore[arg-type]
    return str(jws.deserialize_compact(token, keys, registry=registry_of(alg)).headers()["kid"])
