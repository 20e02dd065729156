"""The page that leads from a form of ours to another origin."""

from itertools import product
from typing import Any
from unittest.mock import patch

import pytest

from idp.web.continuing import continue_url
from idp.web.pages import Pages
from tests.support.browser import Browser
from tests.support.provider import Provider

URLS = ("https://rp.example/cb?code=x&state=y", "https://rp.example/\"'><script>alert(1)</script>")


def address_of(provider: Provider, url: str, purpose: str, app_name: str) -> str:
    wiring = provider.wiring
    return continue_url(wiring.master_keys, url, purpose=purpose, app_name=app_name, now=wiring.clock.now())


@pytest.mark.parametrize("language", ["en", "cs"])
async def test_each_visitor_is_led_to_their_own_url(provider: Provider, browser: Browser, language: str) -> None:
    """The page is rendered once for each purpose and application, and it is what rendering makes of all its values."""
    pages: Pages = provider.app.state.pages
    rendered = []
    for url, purpose, name in product(URLS, ("sign_in", "sign_out", "return"), ("Shop & <Co>", "Obchod")):
        address = address_of(provider, url, purpose, name)
        with patch.object(Pages, "render", autospec=True, side_effect=Pages.render) as render:
            answer = await browser.http.get(address, headers={"accept-language": language})
        rendered.append(render.call_count)
        values: dict[str, Any] = {
            "url": url,
            "purpose": purpose,
            "app": {"name": name, "logo_uri": None},
            "path": address,
        }
        assert answer.text == pages.render("continue.html", locale=language, **values)
    assert rendered == [1] * 6 + [0] * 6
