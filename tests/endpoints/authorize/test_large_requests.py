"""Requests that are too large for an address bar."""

import json

from tests.support.browser import Browser
from tests.support.provider import PASSWORD
from tests.support.relying_party import RelyingParty


async def test_large_request_is_stored_and_completed(rp: RelyingParty, browser: Browser) -> None:
    """A 5 kB request leads over a short address to the same answer, with its state byte for byte."""
    claims = json.dumps({"userinfo": {f"https://claims.example/{number:03}": None for number in range(60)}})
    state = "s" * 1500
    page = await browser.open(rp.authorization_url(state=state, claims=claims))
    assert page.path == "/login"
    assert len(page.url) < 1000
    page = await browser.submit(username="lucie@wedos.cz", password=PASSWORD)
    assert page.query["state"] == state
    assert (await rp.redeem(page.query["code"])).status_code == 200
