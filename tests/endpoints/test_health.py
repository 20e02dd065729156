"""Health: two words, for whoever asks."""

import pytest

from idp.database.engine import Database
from tests.support.calls import get, json_of
from tests.support.provider import Provider


@pytest.mark.requirement("LG-11")
async def test_live_and_ready(provider: Provider) -> None:
    """Both answer, say no more than that, and are asked by address: any Host will do."""
    for path in ("/live", "/ready"):
        answer = await get(provider, path, ("host", "10.0.0.7:8000"))
        assert (answer.status, json_of(answer)) == (200, {"status": "up"})
        assert answer.header("cache-control") == "no-store"


async def test_ready_says_so_when_the_database_is_gone(provider: Provider) -> None:
    """The process lives, and serves nobody: 503, and when to ask again."""
    working = provider.wiring.database
    await working.close()
    provider.wiring.database = Database("postgresql://nobody@127.0.0.1:1/nothing")
    try:
        answer = await get(provider, "/ready")
        assert (answer.status, json_of(answer)) == (503, {"status": "down"})
        assert answer.header("retry-after")
        assert (await get(provider, "/live")).status == 200
    finally:
        await provider.wiring.database.close()
        provider.wiring.database = working


async def test_ready_needs_signing_keys(provider: Provider) -> None:
    """A provider that can sign nothing is not ready."""
    provider.wiring.keys = type(provider.wiring.keys)(provider.wiring.master_keys)
    assert (await get(provider, "/ready")).status == 503
