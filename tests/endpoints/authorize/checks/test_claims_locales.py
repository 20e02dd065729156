"""`claims_locales`: accepted, whatever it names; the answer is what the account has."""

import pytest

from tests.support.browser import Browser
from tests.support.calls import bearer, get, json_of
from tests.support.relying_party import RelyingParty


@pytest.mark.requirement("OC-22", "AZ-19")
async def test_claims_locales_are_accepted_and_bounded(rp: RelyingParty, browser: Browser) -> None:
    """OIDC Core §5.2: a claim without a language tag is always an answer; a list beyond measure is none."""
    for asked in ("cs en-GB", "se", "x" * 256):
        tokens = await rp.tokens(browser, scope="openid profile", claims_locales=asked)
        claims = json_of(await get(rp.provider, "/userinfo", bearer(tokens["access_token"])))
        assert claims["name"] == "Lucie Malá"
        assert not [name for name in claims if "#" in name]
    page = await browser.open(rp.authorization_url(claims_locales="x" * 257))
    assert page.query["error"] == "invalid_request"
