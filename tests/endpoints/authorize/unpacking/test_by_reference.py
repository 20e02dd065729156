"""`request_uri` with an address: the registered ones alone, fetched under the rules for every stranger's address."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from idp.outbound.client import OutboundClient, OutboundRules
from tests.outbound.strangers import (
    Behaviour,
    answering,
    hanging_up,
    never_ending,
    silent,
    stranger,
    talking_nonsense,
)
from tests.support.calls import get, outcome
from tests.support.client_keys import ClientKey
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty
from tests.support.request_objects import claims_for, signing_party, url_of


def hash_of(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def serving(content: Callable[[], str | bytes]) -> Behaviour:
    """Whatever is there at this moment."""

    async def behave(writer: Any) -> None:
        body = content()
        await answering(body.encode() if isinstance(body, str) else body)(writer)

    return behave


async def seen(rp: RelyingParty, request_uri: str, *, state: str | None = None) -> str:
    """With the redirect URI and state outside, so that an error reaches the client."""
    beside = {"redirect_uri": rp.client.redirect_uri, "state": rp.state, "response_type": "code"}
    return outcome(rp, await get(rp.provider, url_of(rp, request_uri, **beside)), state=state or rp.state)


@pytest.mark.requirement("OC-24", "OT-15")
async def test_a_registered_address_is_read_without_its_fragment(provider: Provider) -> None:
    """OIDC Core §6.2: the whole string has to match; the fragment stays here. A login begins, with what lies there."""
    key, held = ClientKey.generate(), {"jwt": ""}
    async with stranger(serving(lambda: held["jwt"])) as server:
        registered = [server.url("/r.jwt#first"), server.url("/r.jwt#second"), server.url("/plain.jwt")]
        rp = await signing_party(provider, key, request_uris=registered)
        held["jwt"] = key.sign(claims_for(rp))
        assert [await seen(rp, uri) for uri in registered] == ["/login"] * 3
        assert server.requests == ["GET /r.jwt HTTP/1.1", "GET /r.jwt HTTP/1.1", "GET /plain.jwt HTTP/1.1"]
        for other in ("/r.jwt", "/r.jwt#third", "/plain.jwt?x", "/plain.jwt#", "/PLAIN.jwt"):
            assert await seen(rp, server.url(other)) == "invalid_request_uri", other
        assert len(server.requests) == 3


@pytest.mark.requirement("AZ-21", "OT-13")
async def test_nothing_is_fetched_that_nobody_registered(provider: Provider, rp: RelyingParty) -> None:
    """Off until a client says so: request_uri_not_supported, and nobody was there. At another client's address too."""
    key = ClientKey.generate()
    async with stranger(answering(b"x")) as server:
        await signing_party(provider, key, request_uris=[server.url("/r")])
        other = await signing_party(provider, key, "other", request_uris=[server.url("/other")])
        assert await seen(rp, server.url("/r")) == "request_uri_not_supported"
        assert await seen(other, server.url("/r")) == "invalid_request_uri"
        keyless = RelyingParty(provider, await provider.client("keyless", request_uris=[server.url("/r")]))
        assert await seen(keyless, server.url("/r")) == "request_uri_not_supported"
        assert server.requests == []


@pytest.mark.requirement("OT-15")
async def test_a_hash_says_what_the_content_is(provider: Provider) -> None:
    """Another content counts for nothing, and is looked for again after ten seconds; the right one is kept for good."""
    key, held = ClientKey.generate(), {"jwt": b"e30.e30."}
    request = {
        "client_id": "hashed",
        "redirect_uri": "https://hashed.example/cb",
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
    }
    content = key.sign(request).encode()
    async with stranger(serving(lambda: held["jwt"])) as server:
        uri = server.url(f"/r#{hash_of(content)}")
        rp = await signing_party(provider, key, "hashed", request_uris=[uri])
        assert await seen(rp, uri) == "invalid_request_uri"
        held["jwt"] = content
        assert await seen(rp, uri) == "invalid_request_uri"
        assert len(server.requests) == 1  # no oftener than that, whoever asks
        provider.clock.advance(seconds=10)
        assert await seen(rp, uri) == "/login"
        held["jwt"] = b"e30.e30."
        provider.clock.advance(hours=1)
        assert await seen(rp, uri) == "/login"
        assert len(server.requests) == 2


@pytest.mark.requirement("OT-15")
async def test_without_a_hash_ten_seconds(provider: Provider) -> None:
    """A new object at the same address counts after that."""
    key, held = ClientKey.generate(), {"jwt": ""}
    async with stranger(serving(lambda: held["jwt"])) as server:
        rp = await signing_party(provider, key, request_uris=[server.url("/r")])
        held["jwt"] = key.sign(claims_for(rp))
        assert await seen(rp, server.url("/r")) == "/login"
        held["jwt"] = key.sign(claims_for(rp, prompt="none"))
        assert await seen(rp, server.url("/r")) == "/login"
        provider.clock.advance(seconds=10)
        assert await seen(rp, server.url("/r")) == "login_required"
        assert len(server.requests) == 2


GARBAGE: dict[str, Behaviour] = {
    "never answers": silent,
    "never ends": never_ending,
    "hangs up": hanging_up,
    "is no server": talking_nonsense,
    "is not there": answering(b"", status="404 Not Found"),
    "redirects": answering(b"", "Location: http://127.0.0.1:1/", status="302 Found"),
    "is empty": answering(b""),
    "is a page": answering(b"<html>"),
    "is binary": answering(b"\xff\x00" * 100),
    "is too long": answering(b"a." * 20_000),
}


@pytest.mark.requirement("AZ-21", "OU-03", "OU-04")
@pytest.mark.parametrize("behave", GARBAGE.values(), ids=list(GARBAGE))
async def test_a_broken_address_is_an_error_soon(provider: Provider, behave: Behaviour) -> None:
    """invalid_request_uri to the registered redirect URI; and one attempt, however many ask."""
    outbound = OutboundClient(OutboundRules(allows_loopback=True), seconds=2)  # to be reached on a busy machine, too
    provider.wiring.request_references._outbound = outbound
    async with stranger(behave) as server:
        rp = await signing_party(provider, ClientKey.generate(), request_uris=[server.url("/r")])
        assert [await seen(rp, server.url("/r")) for _ in range(3)] == ["invalid_request_uri"] * 3
        assert len(server.requests) == 1


@pytest.mark.requirement("OU-01", "OU-03")
async def test_private_places_are_not_reached(provider: Provider) -> None:
    """Registered or not: outside of development the loopback is nobody's business."""
    provider.wiring.request_references._outbound = OutboundClient(OutboundRules())
    async with stranger(answering(b"x")) as server:
        for number, host in enumerate(("127.0.0.1", "localhost", "[::1]")):
            uri = f"https://{host}:{server.port}/r"
            rp = await signing_party(provider, ClientKey.generate(), f"shop{number}", request_uris=[uri])
            assert await seen(rp, uri) == "invalid_request_uri"
        assert server.requests == []


@pytest.mark.requirement("AZ-21", "OT-13")
async def test_what_lies_there_has_to_be_signed(provider: Provider) -> None:
    """As good as one that is sent: unsigned or a stranger's is invalid_request_object; its state comes back."""
    key, other, held = ClientKey.generate(), ClientKey.generate(), {"jwt": ""}
    async with stranger(serving(lambda: held["jwt"])) as server:
        rp = await signing_party(provider, key, request_uris=[server.url("/r")])
        held["jwt"] = other.sign(claims_for(rp, state="inside"))
        answer = await get(provider, url_of(rp, server.url("/r"), redirect_uri=rp.client.redirect_uri))
        assert outcome(rp, answer, state="inside") == "invalid_request_object"
        both = url_of(rp, server.url("/r"), request="x.y.z", redirect_uri=rp.client.redirect_uri)
        assert outcome(rp, await get(provider, both), state=None) == "invalid_request"
