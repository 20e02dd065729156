"""kill -9 while keys are rotated: what it began is undone, and the next one does it."""

import signal
from itertools import count

import pytest

from idp.clock import SystemClock
from idp.database.engine import Database
from idp.keys import store
from idp.keys.ring import KeyRing
from idp.keys.rotation import ensure_keys
from idp.keys.sign import sign_jwt
from idp.keys.signing_key import KeyState
from idp.keys.verify import verify_own_jwt
from tests.failures.chores import MASTER_KEYS, killed

_ISSUER = "https://login.example.com"


async def _loaded(database: Database) -> KeyRing:
    ring = KeyRing(MASTER_KEYS)
    async with database.reading() as db:
        await ring.load(db)
    return ring


@pytest.mark.requirement("RX-05", "JW-10")
async def test_killed_at_every_statement_of_a_rotation(database_url: str) -> None:
    """Each time one key signs and one is next, and every token that was signed until then is still good."""
    database, now = Database(database_url), SystemClock().now()
    await ensure_keys(database, MASTER_KEYS, now=now, algorithms=["ES256"])
    tokens, code = list[str](), -signal.SIGKILL
    for number in count(1):
        claims = {"iss": _ISSUER, "iat": now, "exp": now + 600, "jti": str(number)}
        tokens.append(sign_jwt(await _loaded(database), "ES256", claims, "at+jwt"))
        code = await killed(database_url, "rotate", number)
        async with database.reading() as db:
            states = [key.state for key in await store.list_published(db)]
        assert sorted(states) == sorted([KeyState.CURRENT, KeyState.NEXT, *[KeyState.PREVIOUS] * (len(states) - 2)])
        ring = await _loaded(database)
        for token in tokens:
            assert verify_own_jwt(ring, token, typ="at+jwt", issuer=_ISSUER, now=now)["exp"] == now + 600
        if code != -signal.SIGKILL:
            break
    assert code == 0
    assert len(tokens) > 5
    await database.close()
