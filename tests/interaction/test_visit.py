"""A visitor who is not signed in: what an authorization request and its login page cost, and what their links carry."""

from unittest.mock import patch

import pytest

from idp.interaction.flow import Flow
from idp.interaction.opening import flow_sealer
from idp.sealing import MasterKeys
from tests.support.browser import Browser, Page
from tests.support.clock import MovableClock
from tests.support.provider import Provider
from tests.support.queries import counting
from tests.support.relying_party import RelyingParty
from tests.support.signing_in import try_password


def flows_of(page: Page, provider: Provider) -> dict[str, Flow]:
    """The flow behind each link and form of a login page, by its path."""
    sealer = flow_sealer(provider.wiring)
    links = [page.links[name] for name in ("recovery", "register")] + [form.action for form in page.forms]
    return {path: sealer.open(seal) for path, _, seal in (link.partition("?flow=") for link in links)}


async def test_a_visit_is_no_statement(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """Once the client is known, and for the second in which nobody failed from this address."""
    await browser.open(rp.authorization_url())
    with counting(provider.wiring.database) as seen:
        await browser.open(rp.authorization_url())
    assert seen.texts == []


async def test_what_is_believed_for_a_second_is_read_in_the_next_one(
    browser: Browser, provider: Provider, rp: RelyingParty, clock: MovableClock
) -> None:
    """And at once, where this process has counted a failure."""
    await browser.open(rp.authorization_url())
    clock.advance(seconds=1)
    with counting(provider.wiring.database) as later:
        await browser.open(rp.authorization_url())
    assert later.verbs == {"SELECT": 1}
    await try_password(browser, "nobody@wedos.cz", "wrong")
    async with Browser(provider.app) as other:
        with counting(provider.wiring.database) as told:
            await other.open(rp.authorization_url())
    assert told.verbs == {"SELECT": 1}


async def test_a_login_page_seals_nothing(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """Its links go on in the flow that it came with; the request before it seals once."""
    with patch.object(MasterKeys, "seal", autospec=True, side_effect=MasterKeys.seal) as seal:
        page = await browser.open(rp.authorization_url())
    assert seal.call_count == 1
    came = flow_sealer(provider.wiring).open(page.query["flow"])
    assert flows_of(page, provider) == {"/recovery": came, "/register": came, "/login": came}


@pytest.mark.parametrize("hint", ["lucie@wedos.cz", ""])
async def test_links_carry_what_they_should(browser: Browser, provider: Provider, rp: RelyingParty, hint: str) -> None:
    """The name that was typed or hinted at goes to the recovery, errors go nowhere; an emptied name stays empty."""
    hinted = {"login_hint": hint} if hint else {}
    page = await browser.open(rp.authorization_url(**hinted))
    flow = flow_sealer(provider.wiring).open(page.query["flow"])
    assert flows_of(page, provider)["/recovery"].values == ({"username": hint} if hint else {})
    page = await browser.submit(username="", password="x")
    flows = flows_of(page, provider)
    assert flows["/recovery"].values == {"username": ""}
    for path in ("/register", "/login"):
        assert flows[path] == flow


async def test_a_flow_of_another_browser_is_sealed_anew(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """AZ-18: what its links carry is this browser's."""
    page = await browser.open(rp.authorization_url())
    theirs = flow_sealer(provider.wiring).open(page.query["flow"])
    async with Browser(provider.app) as other:
        flows = flows_of(await other.open(page.url), provider)
    assert {flow.id for flow in flows.values()} == {theirs.id}
    assert theirs.device_id not in {flow.device_id for flow in flows.values()}
