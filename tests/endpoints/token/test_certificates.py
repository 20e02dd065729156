"""Mutual TLS (RFC 8705): clients that are known by their certificate, and tokens that are bound to one."""

import json
from collections.abc import AsyncIterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from idp.clients.client import InvalidClientMetadata
from idp.clients.metadata import parse_client_metadata
from tests.outbound.strangers import stranger
from tests.support.asgi import Answer, call, http_scope
from tests.support.browser import Browser
from tests.support.calls import FORM_TYPE, bearer, get, json_of, post, secret_of
from tests.support.certificates import CERTIFICATE_HEADER, SETTINGS, VERIFIED, VERIFIED_HEADER, Identity, new_identity
from tests.support.clock import MovableClock
from tests.support.dpop import Sender
from tests.support.provider import Provider, running_provider, test_settings
from tests.support.queries import counting
from tests.support.relying_party import BROWSER_AGENT, RelyingParty, claims_of

GRANT = {"grant_type": "client_credentials", "client_id": "robot"}
AGENT = ("user-agent", BROWSER_AGENT)


@pytest.fixture
async def behind_proxy(database_url: str, tmp_path: Path, clock: MovableClock) -> AsyncIterator[Provider]:
    """A provider behind a proxy that passes certificates on, on both databases."""
    async with running_provider(test_settings(database_url, tmp_path / "var", **SETTINGS), clock) as provider:
        yield provider


async def robot(provider: Provider, method: str, **metadata: Any) -> None:
    await provider.client(
        "robot", application_type="service", scope="api.read", token_endpoint_auth_method=method, **metadata
    )


def verdict(answer: Answer) -> str:
    return "good" if answer.status == 200 else f"{answer.status} {json_of(answer)['error']}"


async def ask(provider: Provider, *headers: tuple[str, str], **form: str) -> str:
    return verdict(await post(provider, "/token", GRANT | form, *headers))


NAMES = {
    "subject_dn": "CN=robot.example,O=Wedos,C=CZ",
    "san_dns": "robot.example",
    "san_uri": "spiffe://wedos/robot",
    "san_ip": "2001:db8::1",
    "san_email": "robot@wedos.cz",
}
ALTERNATIVES = (
    x509.DNSName("robot.example"),
    x509.UniformResourceIdentifier("spiffe://wedos/robot"),
    x509.IPAddress(ip_address("2001:db8::1")),
    x509.RFC822Name("robot@wedos.cz"),
)


@pytest.mark.requirement("OC-13", "OC-44")
@pytest.mark.parametrize("kind", NAMES)
async def test_the_name_that_an_authority_vouches_for(behind_proxy: Provider, kind: str) -> None:
    """RFC 8705 §2.1: the registered name, in a certificate whose chain the proxy has verified; nothing less."""
    await robot(behind_proxy, "tls_client_auth", **{f"tls_client_auth_{kind}": NAMES[kind]})
    right, wrong = new_identity(NAMES["subject_dn"], *ALTERNATIVES), new_identity("CN=other.example")
    nameless = new_identity("CN=robot.example")
    refused = "401 invalid_client"
    assert await ask(behind_proxy, right.header(), VERIFIED) == "good"
    assert await ask(behind_proxy, (CERTIFICATE_HEADER, right.escaped_pem), VERIFIED) == "good"
    assert await ask(behind_proxy, right.header()) == refused
    assert await ask(behind_proxy, right.header(), (VERIFIED_HEADER, "FAILED:self-signed certificate")) == refused
    assert await ask(behind_proxy, right.header(), (VERIFIED_HEADER, "NONE")) == refused
    assert await ask(behind_proxy, right.header(), VERIFIED, VERIFIED) == refused
    assert await ask(behind_proxy, wrong.header(), VERIFIED) == refused
    assert await ask(behind_proxy, nameless.header(), VERIFIED) == refused
    assert await ask(behind_proxy, VERIFIED) == refused
    assert await ask(behind_proxy, right.header(), VERIFIED, client_id="other") == refused


async def test_a_distinguished_name_is_compared_as_one(behind_proxy: Provider) -> None:
    """RFC 4514: how a character is escaped does not matter, values and order do."""
    await robot(behind_proxy, "tls_client_auth", tls_client_auth_subject_dn=r"CN=robot.example,O=Wedos\2C a.s.,C=CZ")
    same = new_identity(r"CN=robot.example,O=Wedos\, a.s.,C=CZ")
    assert await ask(behind_proxy, same.header(), VERIFIED) == "good"
    others = [r"C=CZ,O=Wedos\, a.s.,CN=robot.example", "CN=robot.example,C=CZ", r"CN=Robot.example,O=Wedos\, a.s.,C=CZ"]
    for other in others:
        assert await ask(behind_proxy, new_identity(other).header(), VERIFIED) == "401 invalid_client"


@pytest.mark.requirement("OC-13", "OC-44")
async def test_a_certificate_of_the_clients_own(behind_proxy: Provider) -> None:
    """RFC 8705 §2.2: it stands in the key set as `x5c`; no authority is asked, and one beside it does not help."""
    mine, other = new_identity(), new_identity()
    await robot(behind_proxy, "self_signed_tls_client_auth", jwks={"keys": [mine.jwk]})
    assert await ask(behind_proxy, mine.header()) == "good"
    assert await ask(behind_proxy, other.header()) == "401 invalid_client"
    assert await ask(behind_proxy, other.header(), VERIFIED) == "401 invalid_client"
    # The same key and name in another certificate is another certificate.
    assert await ask(behind_proxy) == "401 invalid_client"
    by_secret = {"client_secret": "x" * 43}
    assert await ask(behind_proxy, mine.header(), **by_secret) == "401 invalid_client"


async def test_certificates_at_an_address(behind_proxy: Provider) -> None:
    """A key set at `jwks_uri` is read when it is needed, and again for a certificate that is new."""
    first, second, published = new_identity(), new_identity(), list[Identity]()

    async def serve(writer: Any) -> None:
        body = json.dumps({"keys": [each.jwk for each in published]}).encode()
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    published.append(first)
    async with stranger(serve) as server:
        await robot(behind_proxy, "self_signed_tls_client_auth", jwks_uri=server.url("/keys"))
        assert await ask(behind_proxy, first.header()) == "good"
        published[:] = [second]
        assert await ask(behind_proxy, second.header()) == "401 invalid_client"
        behind_proxy.clock.advance(seconds=10)
        assert await ask(behind_proxy, second.header()) == "good"
        assert len(server.requests) == 2
    behind_proxy.clock.advance(minutes=2)
    assert await ask(behind_proxy, second.header()) == "good"


@pytest.mark.requirement("TK-13")
async def test_only_a_trusted_proxy_speaks_for_a_certificate(behind_proxy: Provider) -> None:
    """A stranger's header is nobody's certificate, whatever it says of proxies."""
    mine = new_identity()
    await robot(behind_proxy, "self_signed_tls_client_auth", jwks={"keys": [mine.jwk]})
    headers = [("host", "localhost:8000"), FORM_TYPE, mine.header(), ("x-forwarded-for", "192.0.2.1")]
    body = b"grant_type=client_credentials&client_id=robot"
    for peer, expected in (("192.0.2.1", 200), ("203.0.113.9", 401)):
        answer = await call(behind_proxy.app, http_scope("POST", "/token", headers, client=(peer, 1)), [body])
        assert answer.status == expected
    two = await ask(behind_proxy, mine.header(), mine.header())
    assert two == "401 invalid_client"


async def test_without_the_setting_no_header_counts(provider: Provider) -> None:
    """A provider that knows of no proxy with certificates neither believes nor advertises one."""
    mine = new_identity()
    await robot(provider, "self_signed_tls_client_auth", jwks={"keys": [mine.jwk]})
    assert await ask(provider, mine.header(), VERIFIED) == "401 invalid_client"
    methods = json_of(await get(provider, "/.well-known/openid-configuration"))["token_endpoint_auth_methods_supported"]
    assert not {"tls_client_auth", "self_signed_tls_client_auth"} & set(methods)


async def test_garbage_is_no_certificate(behind_proxy: Provider) -> None:
    """Whatever stands in the header, the answer is a refusal."""
    mine = new_identity()
    await robot(behind_proxy, "self_signed_tls_client_auth", jwks={"keys": [mine.jwk]})
    pem = mine.escaped_pem
    garbage = ["", ":", "::", ":x:", ":é:", ":MAA=:", f":{mine.base64[:-8]}:", f":{'A' * 4000}:", mine.base64]
    garbage += [pem[:-40], pem + pem, "%00", "%FF%FE", "-----BEGIN%20CERTIFICATE-----", "ÿ" * 100, "x" * 20_000]
    for value in garbage:
        assert await ask(behind_proxy, (CERTIFICATE_HEADER, value), VERIFIED) == "401 invalid_client", value[:40]
    assert await ask(behind_proxy, mine.header()) == "good"


@pytest.mark.requirement("OC-44")
async def test_access_tokens_are_bound_to_the_certificate(behind_proxy: Provider, clock: MovableClock) -> None:
    """RFC 8705 §3: `cnf`, and no token without a certificate; whatever method proves the client."""
    mine = new_identity()
    service = await behind_proxy.client(
        "robot", application_type="service", scope="api.read", tls_client_certificate_bound_access_tokens=True
    )
    answer = await post(behind_proxy, "/token", GRANT, secret_of(service), mine.header())
    tokens = json_of(answer)
    assert tokens["token_type"] == "Bearer"
    assert claims_of(tokens["access_token"])["cnf"] == {"x5t#S256": mine.thumbprint}
    described = await post(behind_proxy, "/introspect", {"token": tokens["access_token"]}, secret_of(service))
    assert json_of(described)["cnf"] == {"x5t#S256": mine.thumbprint}
    assert verdict(await post(behind_proxy, "/token", GRANT, secret_of(service))) == "400 invalid_request"


async def signed_in(provider: Provider, **metadata: Any) -> tuple[RelyingParty, str]:
    """A public client with a code."""
    await provider.account()
    client = await provider.client(
        "app", application_type="spa", tls_client_certificate_bound_access_tokens=True, **metadata
    )
    rp = RelyingParty(provider, client)
    async with Browser(provider.app) as browser:
        return rp, (await rp.sign_in(browser)).query["code"]


async def redeem(rp: RelyingParty, code: str, *headers: tuple[str, str]) -> dict[str, Any]:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": rp.client.redirect_uri}
    form |= {"code_verifier": rp.verifier, "client_id": rp.client.id}
    return json_of(await post(rp.provider, "/token", form, AGENT, *headers))


async def refresh(rp: RelyingParty, token: str, *headers: tuple[str, str]) -> Answer:
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": rp.client.id}
    return await post(rp.provider, "/token", form, AGENT, *headers)


@pytest.mark.requirement("OC-44", "OC-51")
async def test_userinfo_and_refresh_want_the_certificate(behind_proxy: Provider) -> None:
    """RFC 8705 §3, §4: the token in other hands is nothing, and a public client's refresh token is bound as well."""
    mine, other = new_identity(), new_identity()
    rp, code = await signed_in(behind_proxy)
    tokens = await redeem(rp, code, mine.header())
    token = bearer(tokens["access_token"])
    assert verdict(await get(behind_proxy, "/userinfo", token, mine.header())) == "good"
    assert verdict(await get(behind_proxy, "/userinfo", token, other.header())) == "401 invalid_token"
    assert verdict(await get(behind_proxy, "/userinfo", token)) == "401 invalid_token"
    assert verdict(await refresh(rp, tokens["refresh_token"], other.header())) == "400 invalid_grant"
    with counting(behind_proxy.wiring.database) as refreshing:
        renewed = await refresh(rp, tokens["refresh_token"], mine.header())
    assert verdict(renewed) == "good"
    assert refreshing.verbs == {"UPDATE": 1}
    assert claims_of(json_of(renewed)["access_token"])["cnf"] == {"x5t#S256": mine.thumbprint}


async def test_a_key_and_a_certificate_at_once(behind_proxy: Provider) -> None:
    """A token that is bound to both takes both."""
    mine, sender = new_identity(), Sender(behind_proxy)
    rp, code = await signed_in(behind_proxy)
    token = (await redeem(rp, code, mine.header(), ("dpop", sender.proof())))["access_token"]
    assert claims_of(token)["cnf"] == {"jkt": sender.thumbprint, "x5t#S256": mine.thumbprint}
    assert verdict(await get(behind_proxy, "/userinfo", *sender.headers(token), mine.header())) == "good"
    assert verdict(await get(behind_proxy, "/userinfo", *sender.headers(token))) == "401 invalid_token"
    assert verdict(await get(behind_proxy, "/userinfo", bearer(token), mine.header())) == "401 invalid_token"


@pytest.mark.requirement("WE-09", "OC-44")
async def test_the_endpoints_for_clients_have_a_second_name(
    sqlite_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    """RFC 8705 §5: `mtls_endpoint_aliases`; under that name there is no page, and assertions and proofs may use it."""
    host = "mtls.login.example.com"
    changes = SETTINGS | {"issuer": "https://login.example.com", "mtls_url": f"https://{host}"}
    async with running_provider(test_settings(sqlite_url, tmp_path / "var", **changes), clock) as provider:
        metadata = json_of(await get(provider, "/.well-known/openid-configuration"))
        aliases = metadata["mtls_endpoint_aliases"]
        assert {
            "token_endpoint",
            "userinfo_endpoint",
            "introspection_endpoint",
            "revocation_endpoint",
        } <= aliases.keys()
        assert not {"authorization_endpoint", "end_session_endpoint"} & aliases.keys()
        assert all(url == metadata[name].replace("login.", "mtls.login.", 1) for name, url in aliases.items())
        methods = {"tls_client_auth", "self_signed_tls_client_auth"}
        assert methods <= set(metadata["token_endpoint_auth_methods_supported"])
        assert metadata["tls_client_certificate_bound_access_tokens"] is True
        for path in ("/authorize", "/login", "/logout", "/.well-known/openid-configuration", "/jwks"):
            assert (await get(provider, path, ("host", host))).status == 421
        mine, sender = new_identity(), Sender(provider)
        await robot(provider, "self_signed_tls_client_auth", jwks={"keys": [mine.jwk]})
        proof = ("dpop", sender.proof(htu=f"https://{host}/token"))
        assert await ask(provider, ("host", host), mine.header(), proof) == "good"


REFUSED: dict[str, dict[str, Any]] = {
    "no name": {"token_endpoint_auth_method": "tls_client_auth"},
    "two names": {
        "token_endpoint_auth_method": "tls_client_auth",
        "tls_client_auth_san_dns": "a.example",
        "tls_client_auth_subject_dn": "CN=a",
    },
    "a name without the method": {"tls_client_auth_san_dns": "a.example"},
    "no distinguished name": {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "robot"},
    "no address": {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_ip": "robot"},
    "no keys": {"token_endpoint_auth_method": "self_signed_tls_client_auth"},
    "x5c of another key": {"jwks": {"keys": [new_identity().jwk | {"x5c": [new_identity().base64]}]}},
    "x5c that is none": {"jwks": {"keys": [new_identity().jwk | {"x5c": ["x"]}]}},
    "x5c that is text": {"jwks": {"keys": [new_identity().jwk | {"x5c": "x"}]}},
}


@pytest.mark.parametrize("metadata", REFUSED.values(), ids=REFUSED)
def test_metadata_that_cannot_work(metadata: dict[str, Any]) -> None:
    """Names and certificates are checked when the client is registered."""
    with pytest.raises(InvalidClientMetadata):
        parse_client_metadata("robot", {"application_type": "service"} | metadata)
