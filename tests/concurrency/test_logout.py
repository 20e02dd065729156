"""Many end a session at once: its relying parties are told once."""

import asyncio
from urllib.parse import urlencode

import pytest

from idp.administration.accounts import end_sessions, get_account
from idp.messaging.store import list_fates
from tests.concurrency.conftest import Nodes
from tests.support.browser import Browser
from tests.support.relying_party import RelyingParty
from tests.support.told import told_party


@pytest.mark.requirement("RB-08")
async def test_eight_logouts_of_one_session_tell_once(nodes: Nodes, node_browser: Browser) -> None:
    """On two nodes, which also look into the outbox meanwhile."""
    here, _ = nodes
    async with told_party() as party:
        bank = RelyingParty(here.provider, await here.provider.client("bank", backchannel_logout_uri=party.uri))
        hint = (await bank.tokens(node_browser))["id_token"]
        cookies = dict(node_browser.http.cookies)
        agent = node_browser.http.headers["user-agent"]

        async def log_out(node: int) -> int:
            async with Browser(nodes[node].provider.app, user_agent=agent) as browser:
                for name, value in cookies.items():
                    browser.set_cookie(name, value)
                return (await browser.open(f"/logout?{urlencode({'id_token_hint': hint})}")).status

        works = [each.provider.wiring.outbox.deliver_due() for each in nodes]
        answers = await asyncio.gather(*(log_out(number % 2) for number in range(8)), *works)
        assert answers[:8] == [200] * 8
        here.provider.clock.advance(seconds=10)
        for each in nodes:
            await each.provider.wiring.outbox.deliver_due()
        assert len(party.requests) == 1
    async with here.provider.wiring.database.reading() as db:
        assert [fate.state for fate in await list_fates(db, channel="logout")] == ["sent"]


@pytest.mark.requirement("RB-08")
async def test_eight_first_tries_of_one_notice_are_one(nodes: Nodes, node_browser: Browser) -> None:
    """Whoever comes second finds it taken, while it is under way and when it has arrived."""
    here, _ = nodes
    async with told_party() as party:
        bank = RelyingParty(here.provider, await here.provider.client("bank", backchannel_logout_uri=party.uri))
        await bank.tokens(node_browser)
        async with here.provider.wiring.database.writing() as db:
            account = await get_account(db, "lucie@wedos.cz")
            await end_sessions(db, here.provider.keys, account, origin=here.provider.origin())
            (fate,) = await list_fates(db, channel="logout")
        tries = (each.provider.wiring.outbox.deliver_now("logout", [fate.id], seconds=10) for each in nodes.eight())
        arrived = await asyncio.gather(*tries)
        assert sorted(map(len, arrived)) == [0] * 7 + [1]
        assert len(party.requests) == 1
