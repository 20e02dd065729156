"""What one node does, the other knows at once: nothing that counts is kept in a process."""

import asyncio

import pytest

from idp.administration.accounts import end_sessions, get_account
from tests.concurrency.conftest import Nodes
from tests.support.browser import Browser
from tests.support.relying_party import RelyingParty, claims_of


@pytest.mark.requirement("RT-05")
async def test_reuse_is_detected_on_another_node(nodes: Nodes, node_browser: Browser) -> None:
    """A token that was rotated on one node and comes back on another ends the family on both."""
    here, there = nodes
    first = (await here.tokens(node_browser))["refresh_token"]
    second = (await here.refresh(first)).json()["refresh_token"]
    here.provider.clock.advance(seconds=11)
    assert (await there.refresh(first)).json()["error"] == "invalid_grant"
    assert (await here.refresh(second)).json()["error"] == "invalid_grant"


@pytest.mark.requirement("SE-08", "SE-11")
@pytest.mark.parametrize("deed", ["lock", "end the sessions"])
async def test_an_operator_on_one_node_ends_the_login_on_the_other(
    nodes: Nodes, node_browser: Browser, deed: str
) -> None:
    """The very next request with the cookie, the refresh token or the access token finds nothing."""
    here, there = nodes
    tokens = await here.tokens(node_browser)
    if deed == "lock":
        await there.provider.lock("lucie@wedos.cz")
    else:
        async with there.provider.wiring.database.writing() as db:
            account = await get_account(db, "lucie@wedos.cz")
            await end_sessions(db, there.provider.keys, account, origin=there.provider.origin())
    assert (await node_browser.open("/account/security")).path == "/login"
    assert (await here.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert await here.introspect(tokens["access_token"]) == {"active": False}
    assert (await here.userinfo(tokens["access_token"])).status_code == 401


@pytest.mark.requirement("SE-18")
async def test_nobody_gets_anybody_elses_answer(nodes: Nodes) -> None:
    """Interleaved calls of six people on two nodes, some of them cut off, each see their own subject only."""
    people: list[tuple[str, RelyingParty, str]] = []
    for number in range(6):
        email = f"person{number}@wedos.cz"
        account = await nodes[0].provider.account(email)
        async with Browser(nodes[0].provider.app) as browser:
            tokens = await nodes[0].tokens(browser, email)
        assert claims_of(tokens["id_token"])["sub"] == account.id
        people.append((account.id, nodes[number % 2], tokens["access_token"]))

    async def ask(subject: str, rp: RelyingParty, token: str) -> tuple[str, str]:
        return subject, (await rp.userinfo(token)).json()["sub"]

    tasks = [asyncio.create_task(ask(*person)) for _ in range(20) for person in people]
    await asyncio.sleep(0)
    for task in tasks[::7]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    pairs = [answer for answer in answers if isinstance(answer, tuple)]
    assert len(pairs) >= 100
    assert all(subject == answered for subject, answered in pairs)
