"""kill -9 between a logout and its notice: what was committed is still told."""

import asyncio
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from idp.messaging.store import list_fates
from tests.failures.test_kill import free_port, prepared, served
from tests.support.browser import Browser
from tests.support.relying_party import RelyingParty, claims_of
from tests.support.told import SILENCE, told_party


@pytest.mark.requirement("RB-08")
async def test_a_notice_survives_the_process(database_url: str, tmp_path: Path) -> None:
    """The process dies while the relying party has not answered yet; another one tells it after the lease."""
    port = free_port()
    async with prepared(database_url, tmp_path, port) as (provider, _), told_party(SILENCE) as party:
        shop = RelyingParty(provider, await provider.client("told", backchannel_logout_uri=party.uri))
        async with Browser(provider.app, base_url=provider.issuer) as browser:
            id_token = (await shop.tokens(browser))["id_token"]
            cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.http.cookies.jar)
            agent = browser.http.headers["user-agent"]
        headers = {"host": f"localhost:{port}", "user-agent": agent, "cookie": cookies}
        async with served(database_url, tmp_path, port) as process, httpx.AsyncClient(headers=headers) as http:
            url = f"http://127.0.0.1:{port}/logout?{urlencode({'id_token_hint': id_token})}"
            logout = asyncio.create_task(http.get(url))
            async with asyncio.timeout(30):
                await party.heard.wait()
            process.kill()
            await asyncio.gather(logout, return_exceptions=True)
        async with provider.wiring.database.reading() as db:
            assert [fate.state for fate in await list_fates(db, channel="logout")] == ["sending"]
        provider.clock.advance(seconds=301)
        await provider.wiring.outbox.deliver_due()
        first, second = party.claims
        assert second["sid"] == first["sid"] == claims_of(id_token)["sid"]
        assert second["jti"] != first["jti"]
        async with provider.wiring.database.reading() as db:
            assert [fate.state for fate in await list_fates(db, channel="logout")] == ["sent"]
