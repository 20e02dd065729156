"""Codes and refresh tokens under parallel use at two nodes, on SQLite and on PostgreSQL."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from idp.administration.accounts import get_account, lock_account
from idp.grants.table import grants
from tests.concurrency.conftest import EIGHT, Nodes
from tests.support.browser import Browser
from tests.support.clock import MovableClock
from tests.support.provider import Provider, running_provider, test_settings
from tests.support.queries import count_rows
from tests.support.relying_party import RelyingParty

_ROUNDS = 4


def statuses(answers: list[httpx.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


async def code_for(rp: RelyingParty, browser: Browser) -> str:
    """A fresh code; the browser signs in at the first one."""
    page = await rp.sign_in(browser)
    return page.query["code"]


@pytest.mark.requirement("TK-04", "TK-05")
async def test_a_code_is_redeemed_once(nodes: Nodes, node_browser: Browser) -> None:
    """Of eight redemptions at once one succeeds; the second one was valid too, so nothing of it lives afterwards."""
    for _ in range(_ROUNDS):
        code = await code_for(nodes[0], node_browser)
        answers = await asyncio.gather(*(rp.redeem(code) for rp in nodes.eight()))
        assert statuses(answers) == {200: 1, 400: EIGHT - 1}
        tokens = next(answer.json() for answer in answers if answer.status_code == 200)
        assert {answer.json()["error"] for answer in answers if answer.status_code == 400} == {"invalid_grant"}
        assert (await nodes[-1].refresh(tokens["refresh_token"])).status_code == 400
        for token in (tokens["access_token"], tokens["refresh_token"]):
            assert await nodes[-1].introspect(token) == {"active": False}
        assert (await nodes[0].userinfo(tokens["access_token"])).status_code == 401


@pytest.mark.requirement("TK-05")
async def test_invalid_redemptions_beside_a_valid_one_end_nothing(nodes: Nodes, node_browser: Browser) -> None:
    """Seven thieves with the code but without its verifier neither get tokens nor take them from the owner."""
    code = await code_for(nodes[0], node_browser)
    owner, *thieves = nodes.eight()
    tries = [replace(rp, verifier="x" * 43).redeem(code) for rp in thieves]
    answers = await asyncio.gather(*tries[:3], owner.redeem(code), *tries[3:])
    assert [answer.status_code for answer in answers] == [400] * 3 + [200] + [400] * 4
    tokens = answers[3].json()
    assert (await owner.introspect(tokens["access_token"]))["active"] is True
    assert (await owner.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.requirement("RT-02", "RT-04")
async def test_refreshes_at_once_stay_one_lineage(nodes: Nodes, node_browser: Browser) -> None:
    """Eight refreshes of one token all get the same successor, again and again."""
    current = (await nodes[0].tokens(node_browser))["refresh_token"]
    seen = {current}
    for _ in range(_ROUNDS):
        answers = await asyncio.gather(*(rp.refresh(current) for rp in nodes.eight()))
        assert statuses(answers) == {200: EIGHT}
        successors = {answer.json()["refresh_token"] for answer in answers}
        assert len(successors) == 1
        assert not successors & seen
        (current,) = successors
        seen.add(current)
        nodes[0].provider.clock.advance(seconds=11)
    assert await count_rows(nodes[0].provider.wiring.database, grants, grants.c.generation == 1 + _ROUNDS) == 1
    assert "refresh_reused" not in await nodes[0].provider.events()


@pytest.mark.requirement("RT-02")
async def test_without_grace_one_refresh_wins(database_url: str, tmp_path: Path, clock: MovableClock) -> None:
    """With a grace of zero seconds one of eight gets a successor, the others nothing, and it lives on."""
    settings = test_settings(database_url, tmp_path / "var", refresh_grace=timedelta(0))
    async with running_provider(settings, clock) as provider, Browser(provider.app) as browser:
        await provider.account()
        rp = RelyingParty(provider, await provider.client())
        token = (await rp.tokens(browser))["refresh_token"]
        answers = await asyncio.gather(*(rp.refresh(token) for _ in range(EIGHT)))
        assert statuses(answers) == {200: 1, 400: EIGHT - 1}
        winner = next(answer.json() for answer in answers if answer.status_code == 200)
        assert (await rp.refresh(winner["refresh_token"])).status_code == 200


@pytest.mark.requirement("RT-03")
async def test_reuse_at_once_ends_the_grant_and_tells_the_owner_once(nodes: Nodes, node_browser: Browser) -> None:
    """Eight uses of an old token, beside a good refresh: nothing lives afterwards, and one mail is written."""
    provider = nodes[0].provider
    first = (await nodes[0].tokens(node_browser))["refresh_token"]
    second = (await nodes[0].refresh(first)).json()["refresh_token"]
    provider.clock.advance(seconds=11)
    answers = await asyncio.gather(nodes[-1].refresh(second), *(rp.refresh(first) for rp in nodes.eight()))
    assert statuses(answers[1:]) == {400: EIGHT}
    # When the good refresh came first, the old token is two behind and just rotated: refused, but no theft yet.
    if answers[0].status_code == 200:
        provider.clock.advance(seconds=11)
        assert (await nodes[0].refresh(first)).status_code == 400
        assert (await nodes[0].refresh(answers[0].json()["refresh_token"])).status_code == 400
    assert (await nodes[0].refresh(second)).status_code == 400
    assert (await provider.events()).count("refresh_reused") == 1
    assert [mail["to"] for mail in await provider.inbox()].count("lucie@wedos.cz") == 2  # and the new device


@pytest.mark.requirement("RT-06", "RM-02")
async def test_a_revocation_beats_refreshes(nodes: Nodes, node_browser: Browser) -> None:
    """However a revocation falls among refreshes, no token of the grant is active once it was answered."""
    for _ in range(_ROUNDS):
        tokens = await nodes[0].tokens(node_browser)
        refreshes = [rp.refresh(tokens["refresh_token"]) for rp in nodes.eight()]
        revocation = nodes[-1].post("/revoke", {"token": tokens["refresh_token"]})
        *before, revoked, last = await asyncio.gather(*refreshes[:-1], revocation, refreshes[-1])
        assert revoked.status_code == 200
        issued = [answer.json() for answer in (*before, last) if answer.status_code == 200]
        for token in {tokens["refresh_token"], *(answer["refresh_token"] for answer in issued)}:
            assert (await nodes[0].refresh(token)).json()["error"] == "invalid_grant"
        for answer in (tokens, *issued):
            assert await nodes[-1].introspect(answer["access_token"]) == {"active": False}


@pytest.mark.requirement("RT-10", "TK-19")
async def test_a_lock_beats_redemptions_and_refreshes(nodes: Nodes, node_browser: Browser) -> None:
    """Of an account that is locked while codes are redeemed and tokens refreshed, nothing is active afterwards."""
    provider = nodes[0].provider
    held = [(await nodes[0].tokens(node_browser))["refresh_token"] for _ in range(4)]
    codes = [await code_for(nodes[0], node_browser) for _ in range(4)]
    eight = nodes.eight()
    tries = [rp.redeem(code) for rp, code in zip(eight, codes, strict=False)]
    tries += [rp.refresh(token) for rp, token in zip(eight, held, strict=False)]
    lock = asyncio.create_task(_lock(nodes[-1].provider))
    answers = await asyncio.gather(*tries[::2], *tries[1::2])
    await lock
    issued = [answer.json() for answer in answers if answer.status_code == 200]
    for token in {*held, *(answer["refresh_token"] for answer in issued)}:
        assert (await nodes[0].refresh(token)).status_code == 400
    for code in codes:
        assert (await nodes[-1].redeem(code)).status_code == 400
    for answer in issued:
        assert await nodes[0].introspect(answer["access_token"]) == {"active": False}
        assert (await nodes[0].userinfo(answer["access_token"])).status_code == 401
    assert await count_rows(provider.wiring.database, grants, grants.c.state == "active") == 0


async def _lock(provider: Provider) -> None:
    async with provider.wiring.database.writing() as db:
        account = await get_account(db, "lucie@wedos.cz")
        await lock_account(db, provider.keys, account, reason="test", origin=provider.origin())


@pytest.mark.requirement("RT-02")
async def test_a_retry_never_goes_back(nodes: Nodes, node_browser: Browser) -> None:
    """Three generations used at once end in one lineage: whoever got a token got the newest or the one before it."""
    first = (await nodes[0].tokens(node_browser))["refresh_token"]
    second = (await nodes[0].refresh(first)).json()["refresh_token"]
    tries = [rp.refresh(token) for rp, token in zip(nodes.eight(), [first, second] * 4, strict=True)]
    answers = await asyncio.gather(*tries)
    of_first, of_second = answers[0::2], answers[1::2]
    assert {answer.json()["refresh_token"] for answer in of_first if answer.status_code == 200} <= {second}
    assert statuses(list(of_second)) == {200: 4}
    (third,) = {answer.json()["refresh_token"] for answer in of_second}
    assert (await nodes[-1].refresh(third)).status_code == 200
