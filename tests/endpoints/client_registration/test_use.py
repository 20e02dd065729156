"""What is registered counts: keys behind an address, names in the reader's language, and an ordinary library."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.outbound.strangers import stranger
from tests.support.browser import Browser
from tests.support.calls import json_of, post
from tests.support.client_keys import ClientKey
from tests.support.provider import Provider
from tests.support.registering import as_client, registered
from tests.support.relying_party import RelyingParty


def serving(keys: Callable[[], list[ClientKey]]) -> Any:
    """A server of the application's own, with the keys that it has at the moment."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        body = json.dumps({"keys": [key.public_jwk for key in keys()]}).encode()
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    return behave


@pytest.mark.requirement("OT-18", "OC-33")
async def test_a_registered_client_changes_its_keys(provider: Provider) -> None:
    """A minute later it proves itself with the new one; made-up names in between cost one fetch at most."""
    first, second = ClientKey.generate("RS256", kid="one"), ClientKey.generate("RS256", kid="two")
    published = [first]
    async with stranger(serving(lambda: published)) as server:
        client = await registered(provider, token_endpoint_auth_method="private_key_jwt", jwks_uri=server.url("/keys"))
        assert await _verdict(provider, first, client) == "unauthorized_client"
        published[:] = [second]
        for number in range(20):
            forged = ClientKey(first.alg, f"made-up-{number}", first.key)
            assert await _verdict(provider, forged, client) == "invalid_client"
        provider.clock.advance(seconds=60)
        assert await _verdict(provider, second, client) == "unauthorized_client"
        assert await _verdict(provider, first, client) == "invalid_client"
        assert len(server.requests) <= 3


async def _verdict(provider: Provider, key: ClientKey, client: dict[str, Any]) -> str:
    """`unauthorized_client`: it has proven who it is, and may not use this grant type."""
    assertion = key.assertion(client["client_id"], f"{provider.issuer}/token", provider.clock.now())
    answer = await post(provider, "/token", {"grant_type": "refresh_token", "refresh_token": "x"} | assertion)
    return str(json_of(answer)["error"])


@pytest.mark.requirement("OC-29")
async def test_people_read_the_client_in_their_language(provider: Provider, browser: Browser) -> None:
    """OIDC Registration §2.1: name, policy and terms of the page's language; the untagged ones for every other."""
    await provider.account()
    client = await registered(
        provider,
        **{
            "client_name": "Warehouse",
            "client_name#cs": "Skladiště",
            "client_name#de-AT": "Lager",
            "policy_uri": "https://wiki.example/privacy",
            "policy_uri#cs-CZ": "https://wiki.example/osobni-udaje",
            "policy_uri#cs": "https://wiki.example/soukromi",
            "tos_uri": "https://wiki.example/terms",
        },
    )
    rp = RelyingParty(provider, as_client(client))
    for locale, name, other in (("en", "Warehouse", "Skladiště"), ("cs", "Skladiště", "Warehouse")):
        page = await browser.open(rp.authorization_url(ui_locales=locale))
        assert page.shows(name), locale
        assert not page.shows(other), locale
    await browser.open("/login?lang=cs")
    page = await rp.sign_in(browser)
    assert page.path == "/consent"
    assert "https://wiki.example/soukromi" in page.text
    assert "https://wiki.example/terms" in page.text
    assert "https://wiki.example/privacy" not in page.text
