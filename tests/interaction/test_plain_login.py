"""The login page that most visitors see is prepared: it is the page that everybody else would be rendered."""

import re
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import pytest

from idp.interaction.flow import FlowSealer
from idp.interaction.opening import flow_sealer
from idp.interaction.prompts.login import Login
from idp.web.pages import PageError, Pages
from tests.support.browser import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty
from tests.support.signing_in import try_password

APPLICATION = {
    "client_name": "Shop & <Co>",
    "client_name#cs": "Obchod",
    "client_uri": "https://rp.example/",
    "policy_uri": "https://rp.example/privacy",
    "tos_uri": "https://rp.example/terms",
}

_BUSY = (PageError("", "busy", {"n": 2}),)


async def asked(
    browser: Browser, url: str, language: str, *, plain: bool = True, status: int = 200
) -> tuple[str, Mapping[str, str]]:
    """The page and its headers, but for the request's number; `plain` False: as if the visitor had to be told."""

    with ExitStack() as patches:
        for name in () if plain else ("is_plain", "is_busy"):
            patches.enter_context(patch.object(Login, name, return_value=False))
        answer = await browser.http.get(url, headers={"accept-language": language})
    assert answer.status_code == status
    return answer.text, {name: value for name, value in answer.headers.items() if name != "x-request-id"}


@pytest.mark.parametrize("language", ["en", "cs"])
@pytest.mark.parametrize("address", ["as it came", "with more", "of nobody"])
async def test_it_is_the_rendered_page(provider: Provider, language: str, address: str) -> None:
    """For the first visitor and the second one, of two applications and of none, whatever the address looks like."""
    clients = [await provider.client("shop", **APPLICATION), await provider.client("acme", first_party=False)]
    for client in (*clients, *clients):
        async with Browser(provider.app) as browser:
            page = await browser.open(RelyingParty(provider, client).authorization_url())
            url = {"as it came": page.url, "with more": f"{page.url}&x=%22y", "of nobody": "/login"}[address]
            shown, rendered = await asked(browser, url, language), await asked(browser, url, language, plain=False)
            if address == "of nobody":  # each begins a flow of its own
                shown, rendered = ((re.sub(r"flow=[\w-]+", "", text), headers) for text, headers in (shown, rendered))
            assert shown == rendered


async def test_somebody_who_takes_another_account_has_a_page_of_their_own(
    provider: Provider, browser: Browser, rp: RelyingParty
) -> None:
    """Its script does not wait for a session, as a stranger's does."""
    async with Browser(provider.app) as stranger:
        assert "data-awaits-session" in (await stranger.open(rp.authorization_url())).text
    await rp.sign_in(browser)
    await browser.open(rp.authorization_url(prompt="select_account"))
    page = await browser.submit(button="use-another")
    assert page.path == "/login"
    assert "data-awaits-session" not in page.text
    assert await asked(browser, page.url, "en") == await asked(browser, page.url, "en", plain=False)


async def test_where_nobody_waits_for_an_answer_nothing_can_be_cancelled(
    provider: Provider, browser: Browser, rp: RelyingParty
) -> None:
    """A request that came without a redirect has another page than the same application's others."""
    page = await browser.open(rp.authorization_url())
    sealer = flow_sealer(provider.wiring)
    flow = sealer.open(page.query["flow"])
    assert flow.request is not None
    without = await browser.open(sealer.url("/login", flow._replace(request=flow.request._replace(decoupled_id="id"))))
    assert (len(page.forms), len(without.forms)) == (2, 1)
    assert await asked(browser, without.url, "en") == await asked(browser, without.url, "en", plain=False)


@pytest.mark.requirement("DS-04")
@pytest.mark.parametrize("language", ["en", "cs"])
async def test_so_is_the_one_that_says_to_come_again(provider: Provider, rp: RelyingParty, language: str) -> None:
    """In a flood: each with their own name, however it is spelled; rendered once, and the same as if it were not."""
    sealer, rendered = flow_sealer(provider.wiring), []
    for kept in ({}, {"remember": "1"}):
        for name in ("lucie@wedos.cz", "\"'><b>{{ 7*7 }}</b>&amp;", "Ř" * 320):
            async with Browser(provider.app) as browser:
                flow = sealer.open((await browser.open(rp.authorization_url())).query["flow"])
                url = sealer.url("/login", flow.with_errors(_BUSY, {"username": name, **kept}))
                with patch.object(Pages, "render", autospec=True, side_effect=Pages.render) as render:
                    page, headers = await asked(browser, url, language, status=503)
                rendered.append(render.call_count)
                assert headers["retry-after"] == "2"
                plain = await asked(browser, url, language, plain=False, status=503)
                # The two pages have seals of their own for what their links lead to.
                assert (_unsealed(sealer, page), headers) == (_unsealed(sealer, plain[0]), plain[1])
    assert rendered == [1, 0, 0, 1, 0, 0]


def _unsealed(sealer: FlowSealer, page: str) -> list[object]:
    """The page with what is sealed in it in the place of the seals."""
    pieces = re.split(r"(?<=flow=)([\w-]+)", page)
    return [sealer.open(piece) if number % 2 else piece for number, piece in enumerate(pieces)]


async def test_it_is_rendered_once(provider: Provider, rp: RelyingParty) -> None:
    """Each visitor finds their own seal and token in it."""
    seen = set()
    with patch.object(Pages, "render", autospec=True, side_effect=Pages.render) as render:
        for _ in range(3):
            async with Browser(provider.app) as browser:
                page = await browser.open(rp.authorization_url())
                assert {form.action for form in page.forms} == {f"/login?flow={page.query['flow']}"}
                seen.add((page.query["flow"], page.forms[0].fields["csrf"]))
    assert render.call_count == 1
    assert len(seen) == 3


async def test_a_changed_application_is_seen(provider: Provider, rp: RelyingParty) -> None:
    """What was prepared ends with the client that it was made of."""
    async with Browser(provider.app) as browser:
        await browser.open(rp.authorization_url())
        provider.wiring.clients.forget()
        with patch.object(Pages, "render", autospec=True, side_effect=Pages.render) as render:
            await browser.open(rp.authorization_url())
    assert render.call_count == 1


@pytest.mark.parametrize("told", ["hint", "notice", "wrong", "typed", "wants login", "nameless", "was asked"])
async def test_what_one_person_is_told_is_not_prepared(
    provider: Provider, browser: Browser, rp: RelyingParty, told: str
) -> None:
    """Errors, notices and names belong into no page that others see, nor do links that lead elsewhere."""
    page = await browser.open(rp.authorization_url())
    sealer = flow_sealer(provider.wiring)
    flow = sealer.open(page.query["flow"])
    if told == "wrong":
        page = await try_password(browser, "lucie@wedos.cz", "wrong")
        flow = sealer.open(page.query["flow"])
        assert flow.errors
    changed: dict[str, dict[str, Any]] = {
        "notice": {"notice": "stale"},
        "wrong": {"values": {}},
        "typed": {"values": {"username": "lucie@wedos.cz"}},
        "wants login": {"memo": {"wants_login": "1"}},
        "nameless": {"errors": _BUSY},
        "was asked": {"errors": _BUSY, "values": {"username": "lucie@wedos.cz", "captcha_wait": "since a while"}},
    }
    url = rp.authorization_url(login_hint="lucie@wedos.cz")
    if told != "hint":
        url = sealer.url("/login", flow._replace(**changed[told]))
    with patch.object(Pages, "prepared", autospec=True, side_effect=Pages.prepared) as prepared:
        page = await browser.open(url)
    assert page.path == "/login"
    assert prepared.call_count == 0
