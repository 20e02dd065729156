"""Keys over time: made once, published before they sign, kept after they signed."""

import asyncio
from collections import Counter
from collections.abc import Mapping

import pytest

from idp.database.changes import read_counters
from idp.database.engine import Database
from idp.keys import rotation, store
from idp.keys.algorithms import ALGORITHMS
from idp.keys.ring import KeyRing, NoSigningKey
from idp.keys.rotation import JWKS_MAX_AGE_SECONDS, NextKeyTooYoung, ensure_keys, retire_expired_keys, rotate
from idp.keys.sign import sign_jwt
from idp.keys.signing_key import KeyState, SigningKey
from idp.keys.verify import InvalidToken, verify_own_jwt
from idp.sealing import MasterKeys, SealBroken
from tests.support.clock import MovableClock

LIFETIME = 3600
ISSUER = "https://login.example.com"


async def list_keys(database: Database) -> list[SigningKey]:
    async with database.reading() as db:
        return await store.list_keys(db)


async def loaded(database: Database, master_keys: MasterKeys) -> KeyRing:
    ring = KeyRing(master_keys)
    async with database.reading() as db:
        await ring.load(db)
    return ring


def _is_strong(key: Mapping[str, str]) -> bool:
    if key["kty"] == "RSA":
        return len(key["n"]) * 6 >= 3072
    return key["crv"] == {"EC": "P-256", "OKP": "Ed25519"}[key["kty"]]


@pytest.mark.requirement("JW-08", "JW-09")
async def test_keys_are_made_once_and_only_public_parts_are_published(
    database: Database, master_keys: MasterKeys, clock: MovableClock
) -> None:
    """A current and a next key per algorithm, strong enough, and nothing private in the key set."""
    made = await ensure_keys(database, master_keys, now=clock.now())
    again = await ensure_keys(database, master_keys, now=clock.now())

    assert Counter((key.alg, key.state) for key in made) == {
        (alg, state): 1 for alg in ALGORITHMS for state in (KeyState.CURRENT, KeyState.NEXT)
    }
    assert again == []
    jwks = (await loaded(database, master_keys)).jwks()
    assert len({key["kid"] for key in jwks}) == len(jwks) == 2 * len(ALGORITHMS)
    for key in jwks:
        assert set(key) <= {"kty", "use", "alg", "kid", "n", "e", "crv", "x", "y"}
        assert _is_strong(key)


async def test_eight_processes_make_one_set_of_keys(
    database: Database, master_keys: MasterKeys, clock: MovableClock
) -> None:
    """Whoever is late finds the keys made and adds none."""
    others = [Database(database.url.render_as_string(hide_password=False)) for _ in range(7)]
    made = await asyncio.gather(
        *(ensure_keys(each, master_keys, now=clock.now(), algorithms=["ES256"]) for each in [database, *others])
    )
    for other in others:
        await other.close()

    assert sum(len(keys) for keys in made) == 2
    assert sorted(key.state for key in await list_keys(database)) == ["current", "next"]


@pytest.mark.requirement("JW-10", "OC-34", "OT-22")
async def test_next_key_is_published_before_it_signs(
    sqlite_database: Database, master_keys: MasterKeys, clock: MovableClock
) -> None:
    """A next key younger than the cache time of the key set is refused, until it is old enough or forced."""
    await ensure_keys(sqlite_database, master_keys, now=clock.now(), algorithms=["ES256"])
    clock.advance(seconds=JWKS_MAX_AGE_SECONDS)
    with pytest.raises(NextKeyTooYoung) as refusal:
        await rotate(sqlite_database, master_keys, "ES256", now=clock.now(), longest_token_lifetime=LIFETIME)
    assert Counter(key.state for key in await list_keys(sqlite_database)) == {"current": 1, "next": 1}

    forced = await rotate(
        sqlite_database, master_keys, "ES256", now=clock.now(), longest_token_lifetime=LIFETIME, force=True
    )
    clock.advance(seconds=refusal.value.ready_at - clock.now() + JWKS_MAX_AGE_SECONDS)
    waited = await rotate(sqlite_database, master_keys, "ES256", now=clock.now(), longest_token_lifetime=LIFETIME)

    assert forced.rotated
    assert waited.rotated
    assert waited.current_kid == forced.next_kid


@pytest.mark.requirement("JW-10", "OC-34", "OT-22")
async def test_stale_key_sets_and_old_tokens_survive_a_rotation(
    database: Database, master_keys: MasterKeys, clock: MovableClock
) -> None:
    """A cached key set checks the first signature of the new key, and the new set checks the last of the old key."""
    await ensure_keys(database, master_keys, now=clock.now(), algorithms=["ES256"])
    clock.advance(seconds=2 * JWKS_MAX_AGE_SECONDS)
    stale = await loaded(database, master_keys)
    claims = {"iss": ISSUER, "iat": clock.now(), "exp": clock.now() + LIFETIME}
    old_token = sign_jwt(stale, "ES256", claims, "at+jwt")

    await rotate(database, master_keys, "ES256", now=clock.now(), longest_token_lifetime=LIFETIME)
    fresh = await loaded(database, master_keys)
    new_token = sign_jwt(fresh, "ES256", claims, "at+jwt")

    assert fresh.signing_key("ES256").kid != stale.signing_key("ES256").kid
    for ring, token in ((stale, new_token), (fresh, old_token)):
        assert verify_own_jwt(ring, token, typ="at+jwt", issuer=ISSUER, now=clock.now()) == claims

    clock.advance(seconds=LIFETIME - 1)
    async with database.writing() as db:
        assert await retire_expired_keys(db, now=clock.now()) == 0
    clock.advance(seconds=1)
    async with database.writing() as db:
        assert await retire_expired_keys(db, now=clock.now()) == 1
    later = await loaded(database, master_keys)
    assert len(later.jwks()) == 2
    with pytest.raises(InvalidToken, match="key"):
        verify_own_jwt(later, old_token, typ="at+jwt", issuer=ISSUER, now=clock.now(), allow_expired=True)


@pytest.mark.requirement("JW-11")
async def test_compromised_key_dies_at_once(
    sqlite_database: Database, master_keys: MasterKeys, clock: MovableClock
) -> None:
    """Rotated with no lifetime left, a key is out of the key set, and its tokens are no tokens any more."""
    await ensure_keys(sqlite_database, master_keys, now=clock.now(), algorithms=["ES256"])
    before = await loaded(sqlite_database, master_keys)
    claims = {"iss": ISSUER, "iat": clock.now(), "exp": clock.now() + LIFETIME}
    token = sign_jwt(before, "ES256", claims, "at+jwt")
    await rotate(sqlite_database, master_keys, "ES256", now=clock.now(), longest_token_lifetime=0, force=True)
    after = await loaded(sqlite_database, master_keys)

    assert before.signing_key("ES256").kid not in {key["kid"] for key in after.jwks()}
    with pytest.raises(InvalidToken, match="key"):
        verify_own_jwt(after, token, typ="at+jwt", issuer=ISSUER, now=clock.now())


@pytest.mark.requirement("JW-10")
async def test_parallel_rotations_rotate_once(database: Database, master_keys: MasterKeys, clock: MovableClock) -> None:
    """Eight rotations of the same moment leave one current and one next key."""
    await ensure_keys(database, master_keys, now=clock.now(), algorithms=["ES256"])
    clock.advance(seconds=2 * JWKS_MAX_AGE_SECONDS)

    done = await asyncio.gather(
        *(rotate(database, master_keys, "ES256", now=clock.now(), longest_token_lifetime=LIFETIME) for _ in range(8)),
        return_exceptions=True,
    )

    assert sum(isinstance(each, rotation.Rotation) and each.rotated for each in done) == 1
    assert all(isinstance(each, rotation.Rotation | NextKeyTooYoung) for each in done)
    assert Counter(key.state for key in await list_keys(database)) == {"current": 1, "next": 1, "previous": 1}


async def test_changes_are_announced(sqlite_database: Database, master_keys: MasterKeys, clock: MovableClock) -> None:
    """Other processes learn of new keys through the counter of the topic."""
    async with sqlite_database.reading() as db:
        before = (await read_counters(db)).get("keys", 0)
    await ensure_keys(sqlite_database, master_keys, now=clock.now(), algorithms=["ES256"])
    async with sqlite_database.reading() as db:
        made = (await read_counters(db))["keys"]
    await rotate(sqlite_database, master_keys, "ES256", now=clock.now(), longest_token_lifetime=LIFETIME, force=True)
    async with sqlite_database.reading() as db:
        rotated = (await read_counters(db))["keys"]

    assert before < made < rotated


async def test_private_keys_are_sealed(sqlite_database: Database, master_keys: MasterKeys, clock: MovableClock) -> None:
    """A stored key opens under this master key and for its own row, and for nothing else."""
    await ensure_keys(sqlite_database, master_keys, now=clock.now(), algorithms=["ES256"])
    first, second = await list_keys(sqlite_database)

    assert b'"d"' not in first.sealed_private_key
    with pytest.raises(SealBroken):
        await loaded(sqlite_database, MasterKeys(bytes(32)))
    with pytest.raises(SealBroken):
        master_keys.open(first.sealed_private_key, purpose="signing-key", context=second.kid)


def test_empty_ring_says_that_it_has_no_key(master_keys: MasterKeys) -> None:
    """Signing before the keys are loaded is an error of its own, and publishes an empty set."""
    ring = KeyRing(master_keys)

    assert list(ring.jwks()) == []
    with pytest.raises(NoSigningKey):
        sign_jwt(ring, "ES256", {}, "JWT")
