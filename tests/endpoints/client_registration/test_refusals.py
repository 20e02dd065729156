"""What no client may register: dangerous addresses, rights beyond the policy, values of a wrong kind, no JSON."""

import json
from itertools import product
from typing import Any

import pytest

from tests.endpoints.client_registration.conftest import Running
from tests.support.provider import Provider
from tests.support.registering import CALLBACK, CLIENTS, error_of, register, registered, registrations, send

# RFC 3986 shapes that no redirect URI may have, each with a client type that it is tried with.
DANGEROUS = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "javascript://x/%0aalert(1)", "data:text/html,x", "vbscript:x",
    "file:///etc/passwd", "https://*.example/cb", "https://wiki.example/cb#fragment", "https://user@wiki.example/cb",
    "https://wiki.example/\x00", "https://wiki.example/%00", "//wiki.example/cb", "/cb", "", "http://wiki.example/cb",
]  # fmt: skip


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"redirect_uris": None}, "invalid_redirect_uri"),
    ({"redirect_uris": []}, "invalid_redirect_uri"),
    ({"redirect_uris": CALLBACK}, "invalid_redirect_uri"),
    ({"redirect_uris": [5]}, "invalid_redirect_uri"),
    ({"client_uri": 5}, "invalid_client_metadata"),
    ({"grant_types": "authorization_code"}, "invalid_client_metadata"),
    ({"scope": ["openid"]}, "invalid_client_metadata"),
    ({"response_types": ["token"]}, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": "magic"}, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": ["none"]}, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
    ({"jwks": {"keys": [{"kty": "RSA", "d": "x"}]}}, "invalid_client_metadata"),
    ({"jwks": []}, "invalid_client_metadata"),
    ({"jwks_uri": "ftp://wiki.example/jwks"}, "invalid_client_metadata"),
    ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
    ({"id_token_signed_response_alg": "HS256"}, "invalid_client_metadata"),
    ({"default_max_age": -1}, "invalid_client_metadata"),
    ({"default_max_age": 1.5}, "invalid_client_metadata"),
    ({"contacts": ["a\x00"]}, "invalid_client_metadata"),
    ({"client_name": "\u202ereversed"}, "invalid_client_metadata"),
    ({"client_name": "\ud800"}, "invalid_client_metadata"),
    ({"client_name#": "x"}, "invalid_client_metadata"),
    ({"client_name#not a tag": "x"}, "invalid_client_metadata"),
    ({"logo_uri#cs": "javascript:x"}, "invalid_client_metadata"),
    ({"application_type": "toaster"}, "invalid_client_metadata"),
    ({"post_logout_redirect_uris": ["javascript:x"]}, "invalid_client_metadata"),
    ({"software_statement": "a.b.c"}, "unapproved_software_statement"),
]


BEYOND: list[dict[str, Any]] = [
    {"scope": "openid idp.services.write"},
    {"scope": "openid api.read"},
    {"grant_types": ["client_credentials"], "redirect_uris": None, "response_types": []},
    {"grant_types": ["authorization_code", "client_credentials"]},
    {"grant_types": ["authorization_code", "urn:ietf:params:oauth:grant-type:token-exchange"]},
    {"grant_types": ["authorization_code", "urn:ietf:params:oauth:grant-type:jwt-bearer"]},
    {"grant_types": ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"]},
    {
        "grant_types": ["authorization_code", "urn:openid:params:grant-type:ciba"],
        "backchannel_token_delivery_mode": "poll",
    },
    {"application_type": "service", "redirect_uris": None, "grant_types": ["client_credentials"]},
    {"application_type": "spa", "token_endpoint_auth_method": "none"},
]


@pytest.mark.requirement("TK-27")
async def test_TK_27_no_rights_beyond_the_policy(provider: Provider) -> None:
    """Scopes of APIs and grants without a person are refused, and nothing is stored."""
    for metadata in BEYOND:
        assert error_of(await register(provider, **metadata)) == "400 invalid_client_metadata", metadata
    assert await registrations(provider) == []


@pytest.mark.requirement("AZ-03", "OT-03")
async def test_AZ_03_dangerous_redirect_uris(running: Running) -> None:
    """400 invalid_redirect_uri, with a good one beside it too, and nothing is stored."""
    async with running(mode="production", issuer="https://localhost:8000") as provider:
        for kind, uri in product(("web", "native"), DANGEROUS):
            for uris in ([uri], [CALLBACK, uri]):
                answer = await register(provider, redirect_uris=uris, application_type=kind)
                assert error_of(answer) == "400 invalid_redirect_uri", (kind, uris)
        assert await registrations(provider) == []


async def test_loopback_is_for_native_applications(running: Running) -> None:
    """In production a web application has an https address; in development it may run on one's own machine."""
    loopback = ["http://localhost:3000/cb"]
    async with running(mode="production", issuer="https://localhost:8000") as provider:
        assert error_of(await register(provider, redirect_uris=loopback)) == "400 invalid_redirect_uri"
        native = await register(provider, redirect_uris=loopback, application_type="native")
        private = await register(provider, redirect_uris=["com.example.app:/cb"], application_type="native")
        assert (native.status, private.status) == (201, 201)
    async with running() as provider:
        assert (await register(provider, redirect_uris=loopback)).status == 201


@pytest.mark.requirement("OT-21", "OC-36")
async def test_initiate_login_uri_must_be_https(running: Running) -> None:
    """Third parties send people there: 400 for anything but https."""
    async with running(mode="production", issuer="https://localhost:8000") as provider:
        for uri in ("http://wiki.example/login", "http://localhost/login", "javascript:x", "com.example.app:/x", 5):
            answer = await register(provider, initiate_login_uri=uri)
            assert error_of(answer) == "400 invalid_client_metadata", uri
        good = await registered(provider, initiate_login_uri="https://wiki.example/login")
        assert good["initiate_login_uri"] == "https://wiki.example/login"


@pytest.mark.requirement("OC-29")
async def test_each_wrong_member_is_refused(provider: Provider) -> None:
    """400 with the code of RFC 7591 §3.2.2, and nothing is stored."""
    for metadata, error in WRONG:
        declared = {"redirect_uris": [CALLBACK], **metadata}
        body = {name: value for name, value in declared.items() if value is not None}
        assert error_of(await send(provider, "POST", CLIENTS, body)) == f"400 {error}", metadata
    assert await registrations(provider) == []


async def test_the_body_is_one_strict_json_object(provider: Provider) -> None:
    """Nothing that two parsers could read differently, nothing too big, and no form."""
    for body in (
        b"", b"{", b"[]", b'"x"', b"null", b"1" * 5000,
        b'{"redirect_uris": ["https://a.example"], "scope": "", "scope": ""}',
        b'{"jwks": NaN}', b'{"jwks": {"x": 1e999}}', b'{"jwks": {"keys": [], "x": "\\ud800"}}', b"[" * 9000, b"\xff",
    ):  # fmt: skip
        answer = await send(provider, "POST", CLIENTS, body)
        assert error_of(answer) in {"400 invalid_request", "400 invalid_client_metadata"}, body[:40]
    good = json.dumps({"redirect_uris": [CALLBACK]}).encode()
    form = await send(provider, "POST", CLIENTS, good, content_type="application/x-www-form-urlencoded")
    assert form.status == 400
    assert (await send(provider, "POST", CLIENTS, b" " * 70_000 + good)).status == 413
    assert (await send(provider, "GET", CLIENTS)).status == 405
    assert await registrations(provider) == []
