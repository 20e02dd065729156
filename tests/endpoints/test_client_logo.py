"""The logo of an application: fetched by us, shown from our own origin, and nothing but a picture."""

import pytest

from tests.outbound.strangers import answering, hanging_up, stranger
from tests.support.browser import Browser
from tests.support.calls import get
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000" "1f15c4890000000d4944415478da63fcffff3f030005fe02fea7"
    "35819d0000000049454e44ae426082"
)  # fmt: skip
PATH = "/clients/shop/logo"


@pytest.mark.requirement("OC-32", "OT-19", "AZ-13")
async def test_the_login_page_shows_logo_policy_and_terms(provider: Provider, browser: Browser) -> None:
    """OIDC Registration §2; the page's own policy lets pictures come from us alone, and so they do."""
    async with stranger(answering(PNG)) as server:
        links = {"policy_uri": "https://shop.example/privacy", "tos_uri": "https://shop.example/terms"}
        rp = RelyingParty(provider, await provider.client(logo_uri=server.url("/logo.png"), **links))
        page = await browser.open(rp.authorization_url())
        assert page.path == "/login"
        assert f'<img class="tile" src="{PATH}?locale=en" alt="Shop"' in page.text
        assert all(f'href="{link}"' in page.text for link in links.values())
        assert server.url() not in page.text
        first, second = await get(provider, PATH), await get(provider, PATH)
    assert (first.status, first.header("content-type"), first.body) == (200, "image/png", PNG)
    assert first.header("x-content-type-options") == "nosniff"
    assert "default-src 'none'" in (first.header("content-security-policy") or "")
    assert "max-age=3600" in (first.header("cache-control") or "")
    assert second.body == PNG
    assert len(server.requests) == 1


NOT_SHOWN = {
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "HTML": b"<html><script>alert(1)</script></html>",
    "too large": PNG + bytes(128 * 1024),
    "RIFF that is no picture": b"RIFF\0\0\0\0WAVEfmt ",
    "nothing": b"",
}


@pytest.mark.requirement("OU-03", "OU-04")
@pytest.mark.parametrize("name", NOT_SHOWN)
async def test_what_is_no_picture_is_not_passed_on(provider: Provider, name: str) -> None:
    """Whatever the server calls it: its first bytes decide. It is not asked for again at once."""
    async with stranger(answering(NOT_SHOWN[name], "Content-Type: image/png")) as server:
        await provider.client(logo_uri=server.url("/logo"))
        for _ in range(5):
            assert (await get(provider, PATH)).status == 404
        assert len(server.requests) == 1
        provider.clock.advance(minutes=1)
        await get(provider, PATH)
        assert len(server.requests) == 2


async def test_a_logo_outlives_its_server_for_a_while(provider: Provider) -> None:
    """Read anew after an hour; what cannot be read then leaves the one before in its place."""
    behaviours = [answering(PNG), hanging_up]

    async def behave(writer: object) -> None:
        await behaviours.pop(0)(writer)  # type: ignore[arg-type]

    async with stranger(behave) as server:
        await provider.client(logo_uri=server.url("/logo"))
        assert (await get(provider, PATH)).body == PNG
        provider.clock.advance(hours=1)
        assert (await get(provider, PATH)).body == PNG
        assert len(server.requests) == 2


async def test_there_is_no_logo_of_nobody(provider: Provider) -> None:
    """Nor does the page of a client without one ask for it."""
    await provider.client()
    for path in (PATH, "/clients/nobody/logo", "/clients/%00/logo"):
        assert (await get(provider, path)).status == 404
