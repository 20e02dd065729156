"""Rotating signing keys as an operator."""

import pytest

from idp.administration.keys import list_signing_keys, rotate_keys
from idp.audit.record import Origin
from idp.audit.store import list_events
from idp.database.engine import Database
from idp.keys.rotation import JWKS_MAX_AGE_SECONDS, NextKeyTooYoung, ensure_keys
from idp.keys.signing_key import KeyState
from idp.sealing import MasterKeys
from tests.support.clock import MovableClock


def by_hand(clock: MovableClock) -> Origin:
    return Origin(None, None, None, None, actor="cli:ada", now=clock.now())


@pytest.mark.requirement("JW-10")
async def test_rotation_rotates_all_or_nothing(
    sqlite_database: Database, master_keys: MasterKeys, clock: MovableClock
) -> None:
    """One algorithm whose next key is too young keeps the others where they are; each rotation leaves an event."""
    await ensure_keys(sqlite_database, master_keys, now=clock.now(), algorithms=["ES256"])
    clock.advance(seconds=2 * JWKS_MAX_AGE_SECONDS)
    await ensure_keys(sqlite_database, master_keys, now=clock.now(), algorithms=["EdDSA"])
    before = await list_signing_keys(sqlite_database)
    both = ("ES256", "EdDSA")
    with pytest.raises(NextKeyTooYoung):
        await rotate_keys(sqlite_database, master_keys, both, longest_token_lifetime=900, origin=by_hand(clock))
    assert await list_signing_keys(sqlite_database) == before

    clock.advance(seconds=2 * JWKS_MAX_AGE_SECONDS)
    await rotate_keys(sqlite_database, master_keys, both, longest_token_lifetime=900, origin=by_hand(clock))
    clock.advance(seconds=2 * JWKS_MAX_AGE_SECONDS)
    await rotate_keys(sqlite_database, master_keys, ["ES256"], longest_token_lifetime=9, origin=by_hand(clock))
    clock.advance(seconds=2 * JWKS_MAX_AGE_SECONDS)
    await rotate_keys(sqlite_database, master_keys, ["ES256"], longest_token_lifetime=9, origin=by_hand(clock))

    async with sqlite_database.reading() as db:
        events = await list_events(db, event="key_rotated")
    assert [each.details["alg"] for each in reversed(events)] == ["ES256", "EdDSA", "ES256", "ES256"]
    everything = await list_signing_keys(sqlite_database, with_retired=True)
    shown = await list_signing_keys(sqlite_database)
    assert {key.kid for key in everything} > {key.kid for key in shown}
    assert all(key.state is KeyState.RETIRED for key in everything if key not in shown)
