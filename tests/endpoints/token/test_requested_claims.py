"""Claims asked for one by one, in the ID token (OIDC Core §5.5)."""

import json

from tests.support.browser import Browser
from tests.support.relying_party import RelyingParty, claims_of


async def test_claim_asked_for_in_the_id_token_stands_there(rp: RelyingParty, browser: Browser) -> None:
    """Only what was asked for is released, and the ID token's own claims cannot be asked away."""
    claims = json.dumps({"id_token": {"given_name": {"essential": True}, "iss": {"value": "https://evil.example"}}})
    tokens = await rp.tokens(browser, claims=claims)
    id_token = claims_of(tokens["id_token"])
    assert id_token["given_name"] == "Lucie"
    assert "family_name" not in id_token
    assert id_token["iss"] == rp.provider.issuer
