"""Each request goes to another node than the one before: nobody has to come back to the node where they began."""

from dataclasses import replace
from itertools import cycle
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.concurrency.conftest import Nodes
from tests.support.browser import Browser
from tests.support.journeys import JOURNEYS, Journey, Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty


class _InTurns:
    """A balancer that knows nothing of anybody."""

    def __init__(self, nodes: Nodes) -> None:
        apps: list[ASGIApp] = [each.provider.app for each in nodes]
        self._turns = cycle(apps)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await next(self._turns)(scope, receive, send)


def _behind_a_balancer(nodes: Nodes) -> RelyingParty:
    """The same relying party, whose provider is reached through all nodes."""
    balancer: Any = _InTurns(nodes)
    return replace(nodes[0], provider=replace(nodes[0].provider, app=balancer))


def _browser(provider: Provider) -> Browser:
    return Browser(provider.app, base_url=provider.issuer)


@pytest.mark.requirement("RN-06")
@pytest.mark.parametrize("journey", JOURNEYS.values(), ids=JOURNEYS.keys())
async def test_a_person_needs_no_node_of_their_own(nodes: Nodes, journey: Journey) -> None:
    """Registration, recovery, OTP, a new password and a new phone come to their end."""
    rp = _behind_a_balancer(nodes)
    async with _browser(rp.provider) as browser:
        person = Person(rp.provider, rp, browser, "eva@example.cz", "+420601100001", "+420602100001")
        await journey.before(person)
        page = await journey.step(person)
        assert not page.has_error, page.text
        assert await journey.is_done(person)


@pytest.mark.requirement("RN-06")
async def test_an_application_needs_no_node_of_its_own(nodes: Nodes) -> None:
    """A pushed request, the code, refreshes, introspection, UserInfo, a revocation, and a logout."""
    rp = _behind_a_balancer(nodes)
    request = dict(parse_qsl(urlsplit(rp.authorization_url()).query))
    pushed = (await rp.post("/par", request)).json()["request_uri"]
    async with _browser(rp.provider) as browser:
        page = await rp.sign_in(browser, request_uri=pushed)
        tokens = (await rp.redeem(page.query["code"])).json()
        for _ in range(3):
            answer = await rp.refresh(tokens["refresh_token"])
            assert answer.status_code == 200
            tokens = answer.json()
            assert (await rp.introspect(tokens["access_token"]))["active"] is True
            assert (await rp.userinfo(tokens["access_token"])).status_code == 200
        assert (await rp.post("/revoke", {"token": tokens["refresh_token"]})).status_code == 200
        for _ in nodes:
            assert (await rp.introspect(tokens["access_token"]))["active"] is False
        assert "code" in (await rp.sign_in(browser)).query  # signed in at both
        await browser.open("/logout")
        await browser.submit(button="logout-confirm")
        assert [(await browser.open(rp.authorization_url())).path for _ in nodes] == ["/login"] * len(nodes)
