"""Every response type in every response mode: what comes, where, and that it fits together."""

import itertools

import pytest

from idp.protocol.response_types import ResponseType
from idp.protocol.token_claims import half_hash
from tests.support.browser import Browser
from tests.support.provider import PASSWORD, Provider
from tests.support.relying_party import RelyingParty, claims_of
from tests.support.responses import Response, header_of, registered_for_all, response_of, verified

STATE = ("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~" * 2)[:128]
MODES = (None, "query", "fragment", "form_post", "query.jwt", "fragment.jwt", "form_post.jwt", "jwt")
MATRIX = list(itertools.product(ResponseType, MODES))


def place_of(response_type: ResponseType, mode: str | None) -> tuple[str, bool, bool]:
    """Where an answer belongs, whether it is a JWT, and whether it is one about the mode itself."""
    default = "query" if response_type == "code" else "fragment"
    name = (mode or default).removesuffix(".jwt")
    if name == "query" and response_type != "code":
        return "fragment", False, True
    place = {"jwt": default, "form_post": "form"}.get(name, name)
    return place, (mode or "").endswith("jwt"), False


def expected_names(response_type: ResponseType) -> set[str]:
    names = {"state", "iss"}
    names |= {"code"} if response_type.has_code else set()
    names |= {"id_token"} if response_type.has_id_token else set()
    return names | ({"access_token", "token_type", "expires_in", "scope"} if response_type.has_access_token else set())


def check_carried(rp: RelyingParty, response: Response, response_type: ResponseType, mode: str | None) -> None:
    """The place, the redirect URI, the state and the issuer, for success and error alike."""
    place, is_jwt, _ = place_of(response_type, mode)
    assert (response.place, response.uri) == (place, rp.client.redirect_uri)
    assert response.parameters["state"] == STATE
    assert response.parameters["iss"] == rp.provider.issuer
    assert (response.jwt is not None) == is_jwt
    if is_jwt:
        assert response.parameters["aud"] == rp.client.id
        assert response.parameters["exp"] == rp.provider.clock.now() + 600  # type: ignore[comparison-overlap]


async def check_tokens(rp: RelyingParty, response: Response) -> None:
    """Hashes, nonce, subject; the access token before and after the code is redeemed."""
    given = response.parameters
    token, code = given.get("access_token"), given.get("code")
    if "id_token" in given:
        verified(rp.provider, given["id_token"])
        claims = response.id_token
        assert claims["nonce"] == rp.nonce
        assert claims.get("at_hash") == (half_hash(token, "ES256") if token else None)
        assert claims.get("c_hash") == (half_hash(code, "ES256") if code else None)
        assert claims["s_hash"] == half_hash(STATE, "ES256")
        assert ("email" in claims) == (token is None and code is None)
    if token:
        assert (given["token_type"], given["expires_in"]) == ("Bearer", "900")
        assert (await rp.userinfo(token)).json()["email"] == "lucie@wedos.cz"
        assert (await rp.introspect(token))["active"] is True
    if code:
        redeemed = (await rp.redeem(code)).json()
        second = claims_of(redeemed["id_token"])
        assert (second["nonce"], second["iss"]) == (rp.nonce, rp.provider.issuer)
        assert not {"c_hash", "s_hash", "email"} & second.keys()
        if "id_token" in given:
            assert (second["sub"], second["auth_time"]) == (response.id_token["sub"], response.id_token["auth_time"])
    if token:
        assert (await rp.userinfo(token)).status_code == 200


@pytest.mark.requirement("AZ-05", "AZ-07", "AZ-08", "AZ-10", "OC-06", "OC-07", "OC-08", "OT-02")
async def test_every_success_in_every_mode(provider: Provider, browser: Browser) -> None:
    """Exactly the parameters of the type in the place of the mode; no token in a query; all of it good."""
    await provider.account()
    rp = await registered_for_all(provider)
    await rp.sign_in(browser)
    for response_type, mode in MATRIX:
        page = await browser.open(rp.authorization_url(response_type=response_type, response_mode=mode, state=STATE))
        response = response_of(provider, page)
        check_carried(rp, response, response_type, mode)
        if place_of(response_type, mode)[2]:
            assert response.parameters["error"] == "invalid_request"
            continue
        extra = {"aud", "exp"} if response.jwt else set()
        assert response.parameters.keys() - extra == expected_names(response_type), (response_type, mode)
        assert page.headers["cache-control"] == "no-store"
        await check_tokens(rp, response)


ERRORS: dict[str, dict[str, str | None]] = {
    "login_required": {"prompt": "none"},
    "invalid_scope": {"scope": "openid admin"},
    "invalid_request": {"max_age": "soon"},
    "request_not_supported": {"request": "e30.e30."},
    "unmet_authentication_requirements": {"claims": '{"id_token":{"acr":{"essential":true,"value":"gold"}}}'},
}


@pytest.mark.requirement("AZ-05", "AZ-10", "OC-08", "OT-30")
async def test_every_error_in_every_mode(provider: Provider, browser: Browser) -> None:
    """Errors go the way that success would, with state and issuer (OIDC Core §3.3.2.6, JARM §2.3)."""
    rp = await registered_for_all(provider)
    for (response_type, mode), (error, changes) in itertools.product(MATRIX, ERRORS.items()):
        url = rp.authorization_url(response_type=response_type, response_mode=mode, state=STATE, **changes)
        response = response_of(provider, await browser.open(url))
        check_carried(rp, response, response_type, mode)
        about_mode = place_of(response_type, mode)[2] and error != "request_not_supported"
        assert response.parameters["error"] == ("invalid_request" if about_mode else error)
        assert not {"code", "id_token", "access_token"} & response.parameters.keys()


@pytest.mark.requirement("OC-09")
async def test_a_missing_response_type_is_answered_in_the_query_or_the_mode_asked_for(
    provider: Provider, browser: Browser
) -> None:
    """An error redirect, with the state."""
    rp = await registered_for_all(provider)
    for mode, place in ((None, "query"), ("fragment", "fragment"), ("form_post", "form"), ("nonsense", "query")):
        url = rp.authorization_url(response_type=None, response_mode=mode, state=STATE)
        response = response_of(provider, await browser.open(url))
        assert (response.place, response.parameters["error"]) == (place, "invalid_request")
        assert response.parameters["state"] == STATE


@pytest.mark.requirement("OC-06", "OT-11")
async def test_a_nonce_is_needed_where_an_id_token_comes_from_the_front(provider: Provider) -> None:
    """OIDC Core §3.2.2.1, §3.3.2.11; `code token` and `code` need none."""
    rp = await registered_for_all(provider)
    async with Browser(provider.app) as browser:
        for response_type in ResponseType:
            page = await browser.open(rp.authorization_url(response_type=response_type, nonce=None))
            if response_type.has_id_token:
                assert response_of(provider, page).parameters["error"] == "invalid_request"
            else:
                assert page.path == "/login"


async def test_an_id_token_needs_the_scope_openid(provider: Provider, browser: Browser) -> None:
    """OIDC Core §3.1.2.1: without it the request is plain OAuth, which knows no ID token."""
    rp = await registered_for_all(provider)
    page = await browser.open(rp.authorization_url(response_type="id_token", scope="profile"))
    assert response_of(provider, page).parameters["error"] == "invalid_scope"


@pytest.mark.requirement("OC-06", "OC-07", "OT-11")
@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
async def test_hashes_follow_the_algorithm(provider: Provider, browser: Browser, algorithm: str) -> None:
    """Each of `at_hash`, `c_hash` and `s_hash` for each signature algorithm; a state need not be ASCII."""
    await provider.account()
    rp = await registered_for_all(provider, id_token_signed_response_alg=algorithm)
    state = "příliš žluťoučký 🐎"
    page = await rp.sign_in(browser, response_type="code id_token token", state=state)
    response = response_of(provider, page)
    verified(provider, response.parameters["id_token"])
    wanted = {"at_hash": response.parameters["access_token"], "c_hash": response.parameters["code"], "s_hash": state}
    assert {name: response.id_token[name] for name in wanted} == {
        name: half_hash(value, algorithm) for name, value in wanted.items()
    }


@pytest.mark.requirement("OC-46")
@pytest.mark.parametrize("algorithm", [None, "ES256", "EdDSA", "RS256"])
async def test_jarm_signs_as_the_client_is_registered(
    provider: Provider, browser: Browser, algorithm: str | None
) -> None:
    """JARM §3: RS256 unless the client says otherwise. The JWT is no hint of a session: it is no ID token."""
    await provider.account()
    metadata = {"authorization_signed_response_alg": algorithm} if algorithm else {}
    rp = RelyingParty(provider, await provider.client(**metadata))
    response = response_of(provider, await rp.sign_in(browser, response_mode="jwt"))
    assert response.place == "query"
    assert response.jwt is not None
    assert header_of(response.jwt)["alg"] == (algorithm or "RS256")
    assert (await rp.redeem(response.parameters["code"])).status_code == 200
    page = await browser.open(rp.authorization_url(id_token_hint=response.jwt, prompt="none"))
    assert page.query["error"] == "login_required"


@pytest.mark.requirement("OC-17", "OT-07")
async def test_scopes_release_claims_at_userinfo_unless_there_is_no_access_token(
    provider: Provider, browser: Browser
) -> None:
    """OIDC Core §5.4: in the ID token for `id_token` alone; single claims that were asked for stand in either."""
    await provider.account()
    rp = await registered_for_all(provider)
    await rp.sign_in(browser)
    asked = '{"id_token":{"phone_number":null}}'
    for response_type in (each for each in ResponseType if each.has_id_token):
        url = rp.authorization_url(response_type=response_type, claims=asked, scope="openid email")
        claims = response_of(provider, await browser.open(url)).id_token
        assert claims["phone_number"] == "+420601123456"
        assert ("email" in claims) == (response_type == "id_token")
        assert "name" not in claims


@pytest.mark.requirement("AZ-24")
async def test_a_form_sent_twice_is_answered_twice_while_a_code_would_live(
    provider: Provider, browser: Browser
) -> None:
    """The same grant again, for a double click; a minute later the flow is over."""
    await provider.account()
    rp = await registered_for_all(provider)
    page = await browser.open(rp.authorization_url(response_type="id_token token"))
    form = page.forms[0].fields | {"username": "lucie@wedos.cz", "password": PASSWORD}
    first, second = [response_of(provider, await browser.post(page.url, form)) for _ in range(2)]
    grants = {claims_of(each.parameters["access_token"])["grant_id"] for each in (first, second)}
    assert len(grants) == 1
    provider.clock.advance(seconds=61)
    assert (await browser.post(page.url, form)).path == "/account/security"
