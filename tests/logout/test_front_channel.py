"""Front-channel logout (OIDC Front-Channel Logout 1.0): the frames of the last page."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.support.browser import Browser, Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of

BYE = "https://shop.example/bye"


async def rp_of(provider: Provider, client_id: str = "shop", uri: str = "", **metadata: Any) -> RelyingParty:
    uri = uri or f"https://{client_id}.example/out"
    return RelyingParty(provider, await provider.client(client_id, frontchannel_logout_uri=uri, **metadata))


def frames_of(page: Page) -> list[str]:
    return [unescape(url) for url in re.findall(r'<iframe src="([^"]*)"', page.text)]


def frame_sources(page: Page) -> set[str]:
    """The origins that the page's own policy lets it frame."""
    policy = page.headers["content-security-policy"]
    found = re.search(r"frame-src ([^;]*)", policy)
    return set(found[1].split()) if found else set()


def logout_url(**parameters: str) -> str:
    return f"/logout?{urlencode(parameters)}"


@pytest.mark.requirement("OC-39", "OT-24")
async def test_each_client_gets_a_frame_with_iss_and_sid(provider: Provider, browser: Browser) -> None:
    """§2: the registered address with its query, and iss and sid, and nothing else; the policy lists their origins."""
    await provider.account()
    shop = await rp_of(provider, post_logout_redirect_uris=[BYE], frontchannel_logout_session_required=True)
    bank = await rp_of(provider, "bank", "https://bank.example/out?tenant=7")
    none = RelyingParty(provider, await provider.client("none"))
    for party in (bank, none):
        await party.tokens(browser)
    id_token = (await shop.tokens(browser))["id_token"]
    page = await browser.open(logout_url(id_token_hint=id_token, post_logout_redirect_uri=BYE, state="x"))
    assert page.path == "/logged-out"
    ours = [("iss", provider.issuer), ("sid", claims_of(id_token)["sid"])]
    assert [(url.partition("?")[0], parse_qsl(urlsplit(url).query)) for url in frames_of(page)] == [
        ("https://bank.example/out", [("tenant", "7"), *ours]),
        ("https://shop.example/out", ours),
    ]
    assert frame_sources(page) == {"https://bank.example", "https://shop.example"}


async def test_then_it_goes_on(provider: Provider, browser: Browser) -> None:
    """By script when the frames have loaded, by refresh without scripts, and by a link for whoever cannot wait."""
    await provider.account()
    shop = await rp_of(provider, post_logout_redirect_uris=[BYE])
    hint = (await shop.tokens(browser))["id_token"]
    page = await browser.open(logout_url(id_token_hint=hint, post_logout_redirect_uri=BYE, state="a&b"))
    assert page.refresh == page.links["return"] == f"{BYE}?state=a%26b"
    assert page.refresh_after == 6
    assert re.search(r'<script src="/static/frames_loaded.js\?v=\w+" data-seconds="6" defer></script>', page.text)


async def test_without_an_address_the_page_stays(provider: Provider, browser: Browser) -> None:
    """After the person's own yes, too."""
    await provider.account()
    shop = await rp_of(provider)
    await shop.tokens(browser)
    page = await browser.open("/logout")
    assert "<li>Shop</li>" in page.text
    page = await browser.submit(button="logout-confirm")
    assert (page.path, page.refresh, len(frames_of(page))) == ("/logged-out", None, 1)
    assert "frames_loaded" not in page.text


async def test_nobody_to_tell_means_no_frames(provider: Provider, browser: Browser) -> None:
    """The usual policy, which frames nothing."""
    await provider.account()
    shop = RelyingParty(provider, await provider.client())
    page = await browser.open(logout_url(id_token_hint=(await shop.tokens(browser))["id_token"]))
    assert (page.path, frames_of(page), frame_sources(page)) == ("/logged-out", [], set())


@pytest.mark.requirement("OU-07")
async def test_the_page_says_it_to_its_own_browser_only(provider: Provider, browser: Browser) -> None:
    """The address is worth nothing in another browser, altered, or later; and a frame is the client's as it is now."""
    await provider.account()
    shop = await rp_of(provider, post_logout_redirect_uris=[BYE])
    page = await browser.open(
        logout_url(id_token_hint=(await shop.tokens(browser))["id_token"], post_logout_redirect_uri=BYE)
    )
    assert frames_of(await browser.open(page.url))
    async with Browser(provider.app) as elsewhere:
        other = await elsewhere.open(page.url)
        assert (frames_of(other), "return" in other.links) == ([], False)
    altered = await browser.open(page.url[:-3] + "AAA")
    assert (altered.status, frames_of(altered)) == (200, [])
    provider.clock.advance(minutes=11)
    assert frames_of(await browser.open(page.url)) == []
