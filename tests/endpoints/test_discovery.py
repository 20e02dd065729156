"""Discovery: exactly what works, from configuration, the same bytes for everybody."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from authlib.oidc.discovery import OpenIDProviderMetadata  # type: ignore[import-untyped]
from fastapi import FastAPI
from joserfc import jws
from joserfc.jwk import KeySet, KeySetSerialization

from idp.accounts.claims import standard_claims
from idp.endpoints.token.grant_types import GRANT_TYPES
from idp.keys.algorithms import registry_of
from idp.keys.rotation import rotate
from idp.protocol.scopes import CLAIMS_OF_SCOPE
from tests.support.browser import Browser
from tests.support.calls import answer_to, get, json_of, post, secret_of
from tests.support.clock import MovableClock
from tests.support.provider import Provider, running_provider, test_settings
from tests.support.relying_party import RelyingParty, claims_of
from tests.support.responses import registered_for_all

PATH = "/.well-known/openid-configuration"


async def metadata_of(provider: Provider, path: str = PATH) -> dict[str, Any]:
    return json_of(await get(provider, path))


@pytest.mark.requirement("WE-09", "OC-01", "OC-03", "OT-06")
async def test_authlib_finds_nothing_wrong(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> None:
    """OIDC Discovery §3 and RFC 8414 §2 as Authlib reads them, for an https issuer; every URL is below it."""
    issuer = "https://login.example.com"
    async with running_provider(test_settings(sqlite_url, tmp_path / "var", issuer=issuer), clock) as provider:
        metadata = await metadata_of(provider)
        assert metadata == await metadata_of(provider, "/.well-known/oauth-authorization-server")
    OpenIDProviderMetadata(metadata).validate()
    assert metadata["issuer"] == issuer
    for name, value in metadata.items():
        if name.endswith(("_endpoint", "_uri")):
            assert value.startswith(f"{issuer}/"), name


async def test_every_endpoint_is_a_route(provider: Provider) -> None:
    """Nothing is advertised that is not there, and no protocol endpoint is there that is not advertised."""
    metadata = await metadata_of(provider)
    advertised = {urlsplit(value).path for name, value in metadata.items() if name.endswith(("_endpoint", "jwks_uri"))}
    routes = set(_paths(provider.app))
    assert advertised <= routes
    without_redirects = {"/device_authorization", "/bc-authorize"}
    assert advertised == without_redirects | {
        "/authorize", "/token", "/userinfo", "/jwks", "/introspect", "/revoke", "/logout", "/par",
    }  # fmt: skip


def _paths(app: FastAPI) -> Iterable[str]:
    for route in app.router.routes:
        if path := getattr(route, "path", ""):
            yield path
        for inner in getattr(getattr(route, "original_router", None), "routes", ()):
            yield inner.path


@pytest.mark.requirement("AZ-07", "TK-11", "OT-06")
async def test_every_list_is_what_works(rp: RelyingParty) -> None:
    """Response types and modes, grant types, prompts, displays and levels: the advertised ones pass, others do not."""
    metadata = await metadata_of(rp.provider)
    assert metadata["grant_types_supported"] == [*GRANT_TYPES, "implicit"]
    everywhere = await registered_for_all(rp.provider)
    for response_type in metadata["response_types_supported"]:
        assert await answer_to(everywhere, response_type=response_type) == "/login", response_type
        reachable = "/login" if response_type == "code" else "unsupported_response_type"
        assert await answer_to(rp, response_type=response_type) == reachable
    for parameter, member, outsider in (
        ("response_mode", "response_modes_supported", "web_message"),
        ("display", "display_values_supported", "hologram"),
        ("code_challenge_method", "code_challenge_methods_supported", "plain"),
    ):
        for value in metadata[member]:
            assert await answer_to(rp, **{parameter: value}) == "/login", (parameter, value)
        assert await answer_to(rp, **{parameter: outsider}) in {"invalid_request", "unsupported_response_type"}
    for prompt in metadata["prompt_values_supported"]:
        assert await answer_to(rp, prompt=prompt) in {"/login", "/register", "login_required"}
    for level in metadata["acr_values_supported"]:
        essential = json.dumps({"id_token": {"acr": {"essential": True, "value": level}}})
        assert await answer_to(rp, claims=essential) == "/login"
    everything = " ".join(metadata["scopes_supported"])
    assert await answer_to(rp, scope=everything) == "/login"
    assert await answer_to(rp, ui_locales=" ".join(metadata["ui_locales_supported"])) == "/login"


async def test_every_algorithm_signs_and_verifies(provider: Provider, browser: Browser) -> None:
    """One client per advertised algorithm; its ID token verifies with the published key of its `kid`."""
    await provider.account()
    metadata = await metadata_of(provider)
    assert "RS256" in metadata["id_token_signing_alg_values_supported"]
    assert "none" not in metadata["id_token_signing_alg_values_supported"]
    jwks: KeySetSerialization = json.loads((await get(provider, "/jwks")).body)
    for algorithm in metadata["id_token_signing_alg_values_supported"]:
        client = await provider.client(f"c-{algorithm.lower()}", id_token_signed_response_alg=algorithm)
        tokens = await RelyingParty(provider, client).tokens(browser)
        for name in ("id_token", "access_token"):
            keys = KeySet.import_key_set(jwks)
            signed = jws.deserialize_compact(tokens[name], keys, registry=registry_of(algorithm))
            assert signed.headers()["alg"] == algorithm
            assert signed.headers()["kid"] in {key["kid"] for key in jwks["keys"]}


@pytest.mark.requirement("OC-03")
async def test_every_claim_is_one_that_is_given(rp: RelyingParty, browser: Browser) -> None:
    """`claims_supported` is what tokens say and what scopes release."""
    metadata = await metadata_of(rp.provider)
    id_token = claims_of((await rp.tokens(browser))["id_token"])
    of_scopes = {claim for claims in CLAIMS_OF_SCOPE.values() for claim in claims}
    assert set(metadata["claims_supported"]) == id_token.keys() | of_scopes
    account = await rp.provider.account("full@wedos.cz")
    assert standard_claims(account).keys() <= of_scopes


async def test_authentication_methods_work_where_they_are_listed(provider: Provider) -> None:
    """Each method at each endpoint that lists it; `none` is not listed for introspection."""
    metadata = await metadata_of(provider)
    for member, path in (
        ("token_endpoint_auth_methods_supported", "/token"),
        ("introspection_endpoint_auth_methods_supported", "/introspect"),
        ("revocation_endpoint_auth_methods_supported", "/revoke"),
    ):
        for method in ("client_secret_basic", "client_secret_post", "none"):
            kind = "spa" if method == "none" else "web"
            client = await provider.client(
                f"{method}-{path[1:]}".replace("_", "-"), application_type=kind, token_endpoint_auth_method=method
            )
            form = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x"}
            form |= {"client_id": client.id} if method != "client_secret_basic" else {}
            form |= {"client_secret": client.secret} if method == "client_secret_post" else {}
            headers = [secret_of(client)] if method == "client_secret_basic" else []
            answer = await post(provider, path, form, *headers)
            is_accepted = answer.status == 200 or json_of(answer)["error"] == "invalid_grant"
            assert is_accepted == (method in metadata[member]), (method, path)


@pytest.mark.requirement("WE-09")
@pytest.mark.parametrize("path", [PATH, "/.well-known/oauth-authorization-server", "/jwks"])
async def test_nothing_of_the_request_changes_the_answer(provider: Provider, path: str) -> None:
    """Forwarding headers from a stranger are not believed, and another Host is not answered."""
    plain = await get(provider, path)
    assert "max-age" in (plain.header("cache-control") or "")
    forged = [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-port", "444"),
        ("x-forwarded-prefix", "/evil"),
        ("forwarded", "host=evil.example;proto=https"),
        ("x-original-url", "/evil"),
        ("x-host", "evil.example"),
        ("origin", "https://evil.example"),
    ]
    for header in forged:
        assert (await get(provider, path, header)).body == plain.body, header
    assert (await get(provider, path, *forged)).body == plain.body
    for host in ("evil.example", "localhost:8000.evil.example", "localhost:9000", "evil.example:8000", "localhost"):
        refused = await get(provider, path, ("host", host))
        assert refused.status == 421, host
        assert "evil" not in refused.text
    two = await get(provider, path, ("host", "localhost:8000"), ("host", "evil.example"))
    assert two.status == 421


@pytest.mark.requirement("OC-04")
async def test_the_key_set_has_public_keys_only(provider: Provider) -> None:
    """Each with its own `kid`, `use` and `alg`; the old key stays after a rotation."""
    before = json_of(await get(provider, "/jwks"))["keys"]
    wiring = provider.wiring
    provider.clock.advance(days=2)
    await rotate(wiring.database, wiring.master_keys, "ES256", now=provider.clock.now(), longest_token_lifetime=3600)
    await wiring.refresh()
    after = json_of(await get(provider, "/jwks"))["keys"]
    for keys in (before, after):
        assert len({key["kid"] for key in keys}) == len(keys)
        assert all(not {"d", "p", "q", "dp", "dq", "qi", "oth", "k"} & key.keys() for key in keys)
        assert all(key["use"] in {"sig", "enc"} and key["alg"] for key in keys)
    assert {key["kid"] for key in before} <= {key["kid"] for key in after}


@pytest.mark.requirement("WE-15")
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "CONNECT"])
@pytest.mark.parametrize("path", [PATH, "/jwks", "/live", "/ready"])
async def test_documents_are_read_only(provider: Provider, path: str, method: str) -> None:
    """GET and HEAD."""
    answer = await get(provider, path, method=method)
    assert answer.status == 405
