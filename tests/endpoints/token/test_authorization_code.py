"""Redeeming a code: once, in time, by the client, the verifier and the redirect URI that it was made for."""

import secrets

import pytest

from idp.administration.accounts import lock_account
from idp.administration.clients import disable_client
from tests.support.browser import Browser
from tests.support.calls import json_of, post, secret_of
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of

VERIFIERS: dict[str, str | None] = {
    "left out": None,
    "empty": "",
    "wrong": secrets.token_urlsafe(48),
    "42 characters": "v" * 42,
    "129 characters": "v" * 129,
    "space": "v" * 42 + " ",
    "plus": "v" * 42 + "+",
    "slash": "v" * 42 + "/",
    "padding": "v" * 43 + "=",
    "letter outside ASCII": "é" * 43,
    "line feed": "v" * 43 + "\n",
    "64 KB": "v" * 60_000,
}


async def code_for(rp: RelyingParty, browser: Browser) -> str:
    page = await rp.sign_in(browser)
    return page.query["code"]


async def error_of(rp: RelyingParty, code: str, **changes: str | None) -> str:
    """`tokens`, or the error of the redemption."""
    response = await rp.redeem(code, **changes)
    assert response.headers["cache-control"] == "no-store"
    if response.status_code == 200:
        return "tokens"
    assert "access_token" not in response.text
    error: str = response.json()["error"]
    return error


@pytest.mark.requirement("TK-01", "TK-02")
async def test_nothing_but_the_right_verifier_redeems(rp: RelyingParty, browser: Browser) -> None:
    """Left out, empty, wrong, too short, too long, another login's: no tokens; the code still works for its owner."""
    code = await code_for(rp, browser)
    other = RelyingParty(rp.provider, rp.client)
    await code_for(other, browser)
    wrong = VERIFIERS | {"another login's": other.verifier, "the challenge itself": "x"}
    answers = {name: await error_of(rp, code, code_verifier=value) for name, value in wrong.items()}
    assert answers.pop("line feed") == "invalid_request"
    assert set(answers.values()) == {"invalid_grant"}, answers
    assert await error_of(rp, code) == "tokens"


@pytest.mark.requirement("TK-02")
@pytest.mark.parametrize("kind", ["spa", "native"])
async def test_public_clients_need_their_verifier(provider: Provider, browser: Browser, kind: str) -> None:
    """Without a secret the verifier is all there is."""
    await provider.account()
    client = await provider.client("app", application_type=kind, user_agent_binding="off")
    rp = RelyingParty(provider, client)
    code = await code_for(rp, browser)
    assert await error_of(rp, code, code_verifier=None) == "invalid_grant"
    assert await error_of(rp, code, code_verifier=secrets.token_urlsafe(48)) == "invalid_grant"
    assert await error_of(rp, code) == "tokens"


@pytest.mark.requirement("TK-02", "TK-03")
async def test_no_downgrade_where_pkce_is_optional(provider: Provider, browser: Browser) -> None:
    """A challenge demands its verifier, and a verifier without a challenge is refused (RFC 9700 §4.8.2)."""
    await provider.account()
    rp = RelyingParty(provider, await provider.client("old", require_pkce=False))
    with_challenge = await code_for(rp, browser)
    assert await error_of(rp, with_challenge, code_verifier=None) == "invalid_grant"
    without = (await browser.open(rp.authorization_url(code_challenge=None, code_challenge_method=None))).query["code"]
    assert await error_of(rp, without) == "invalid_grant"
    assert await error_of(rp, without, code_verifier=None) == "tokens"


@pytest.mark.requirement("TK-05", "OC-27", "OT-16")
async def test_a_second_valid_redemption_ends_everything(any_provider: Provider) -> None:
    """RFC 6749 §4.1.2: the second request fails, and what the first one got is dead; also half a minute later."""
    await any_provider.account()
    rp = RelyingParty(any_provider, await any_provider.client())
    async with Browser(any_provider.app) as browser:
        for wait in (0, 30):
            code = await code_for(rp, browser)
            tokens = (await rp.redeem(code)).json()
            any_provider.clock.advance(seconds=wait)
            assert await error_of(rp, code) == "invalid_grant"
            assert await rp.introspect(tokens["access_token"]) == {"active": False}
            assert await rp.introspect(tokens["refresh_token"]) == {"active": False}
            assert (await rp.userinfo(tokens["access_token"])).status_code == 401
            assert (await rp.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await any_provider.events()).count("code_replayed") == 2


@pytest.mark.requirement("TK-05")
async def test_an_invalid_second_redemption_ends_nothing(rp: RelyingParty, browser: Browser) -> None:
    """Whoever merely saw the code cannot take the login down: no verifier, no secret, no redirect URI, other client."""
    other = RelyingParty(rp.provider, await rp.provider.client("other"), verifier=rp.verifier)
    code = await code_for(rp, browser)
    tokens = (await rp.redeem(code)).json()
    assert await error_of(rp, code, code_verifier=secrets.token_urlsafe(48)) == "invalid_grant"
    assert await error_of(rp, code, code_verifier=None) == "invalid_grant"
    assert await error_of(rp, code, redirect_uri="https://shop.example/other") == "invalid_grant"
    assert await error_of(other, code, redirect_uri=rp.client.redirect_uri) == "invalid_grant"
    stranger = {"grant_type": "authorization_code", "code": code, "redirect_uri": rp.client.redirect_uri}
    wrong_secret = await post(
        rp.provider, "/token", stranger | {"code_verifier": rp.verifier, "client_id": "shop", "client_secret": "guess"}
    )
    assert (wrong_secret.status, json_of(wrong_secret)["error"]) == (401, "invalid_client")
    assert (await rp.introspect(tokens["access_token"]))["active"] is True
    assert (await rp.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.requirement("TK-06")
@pytest.mark.parametrize("kind", ["web", "spa", "native"])
async def test_a_code_belongs_to_its_client(rp: RelyingParty, browser: Browser, kind: str) -> None:
    """Another client, confidential or public, with the right verifier and URI: refused, and the owner still can."""
    thief = RelyingParty(
        rp.provider,
        await rp.provider.client("thief", application_type=kind, redirect_uris=[rp.client.redirect_uri]),
        verifier=rp.verifier,
    )
    code = await code_for(rp, browser)
    assert await error_of(thief, code) == "invalid_grant"
    assert await error_of(rp, code) == "tokens"


@pytest.mark.requirement("TK-06")
async def test_a_code_is_not_redeemed_under_another_name(rp: RelyingParty, browser: Browser) -> None:
    """Authenticated as one client, naming another in the body: refused."""
    thief = await rp.provider.client("thief")
    code = await code_for(rp, browser)
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": rp.client.redirect_uri,
        "code_verifier": rp.verifier, "client_id": rp.client.id,
    }  # fmt: skip
    answer = await post(rp.provider, "/token", form, secret_of(thief))
    assert (answer.status, json_of(answer)["error"]) == (400, "invalid_request")
    assert await error_of(rp, code) == "tokens"


@pytest.mark.requirement("TK-07")
async def test_the_redirect_uri_is_the_authorized_one(provider: Provider, browser: Browser) -> None:
    """Another registered URI of the same client, or none: refused (RFC 6749 §4.1.3)."""
    await provider.account()
    first, second = "https://shop.example/cb", "https://shop.example/second"
    rp = RelyingParty(provider, await provider.client(redirect_uris=[first, second]))
    code = await code_for(rp, browser)
    assert await error_of(rp, code, redirect_uri=second) == "invalid_grant"
    assert await error_of(rp, code, redirect_uri=first + "/") == "invalid_grant"
    assert await error_of(rp, code, redirect_uri=None) == "invalid_request"
    assert await error_of(rp, code, redirect_uri=first) == "tokens"


@pytest.mark.requirement("TK-08", "OT-27")
async def test_a_code_lives_for_a_minute(rp: RelyingParty, browser: Browser) -> None:
    """59 seconds are fine, 61 are not."""
    code = await code_for(rp, browser)
    rp.provider.clock.advance(seconds=59)
    assert await error_of(rp, code) == "tokens"
    code = await code_for(rp, browser)
    rp.provider.clock.advance(seconds=61)
    assert await error_of(rp, code) == "invalid_grant"


@pytest.mark.requirement("TK-19")
async def test_a_lock_before_the_redemption_wins(any_provider: Provider) -> None:
    """Locked between the code and the token: nothing is issued."""
    account = await any_provider.account()
    rp = RelyingParty(any_provider, await any_provider.client())
    async with Browser(any_provider.app) as browser:
        code = await code_for(rp, browser)
    async with any_provider.wiring.database.writing() as db:
        await lock_account(db, any_provider.keys, account, reason="test", origin=any_provider.origin())
    assert await error_of(rp, code) == "invalid_grant"


@pytest.mark.requirement("TK-19")
async def test_a_logout_before_the_redemption_wins(rp: RelyingParty, browser: Browser) -> None:
    """The code of a session that has ended is worth nothing."""
    code = await code_for(rp, browser)
    await browser.open("/logout")
    await browser.submit(button="logout-confirm")
    assert await error_of(rp, code) == "invalid_grant"


@pytest.mark.requirement("TK-20")
async def test_a_disabled_client_redeems_nothing(rp: RelyingParty, browser: Browser) -> None:
    """It is not even told about the code."""
    code = await code_for(rp, browser)
    async with rp.provider.wiring.database.writing() as db:
        await disable_client(db, rp.client.id, origin=rp.provider.origin())
    rp.provider.wiring.clients.forget()
    response = await rp.redeem(code)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


@pytest.mark.requirement("JW-17", "TK-23")
async def test_the_tokens_say_what_was_done(rp: RelyingParty, browser: Browser) -> None:
    """RFC 6749 §5.1, RFC 9068 §2.2, OIDC Core §2: every member of the answer and of both tokens, and no more."""
    now = rp.provider.clock.now()
    tokens = await rp.tokens(browser)
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}
    assert (tokens["token_type"], tokens["scope"]) == ("Bearer", "openid profile email")
    id_token, access_token = claims_of(tokens["id_token"]), claims_of(tokens["access_token"])
    assert id_token.keys() == {
        "iss", "sub", "aud", "exp", "iat", "auth_time", "acr", "amr", "sid", "nonce", "at_hash", "ua_binding",
    }  # fmt: skip
    assert (id_token["iss"], id_token["aud"], id_token["nonce"]) == (rp.provider.issuer, rp.client.id, rp.nonce)
    assert (id_token["auth_time"], id_token["iat"], id_token["amr"]) == (now, now, ["pwd"])
    assert all(type(id_token[name]) is int for name in ("exp", "iat", "auth_time"))
    assert access_token.keys() == {
        "iss", "sub", "aud", "client_id", "jti", "exp", "iat", "scope", "auth_time", "acr", "amr", "sid", "grant_id",
        "ua_binding",
    }  # fmt: skip
    assert access_token["exp"] - access_token["iat"] == tokens["expires_in"] <= 900
    assert access_token["sub"] == id_token["sub"]


@pytest.mark.requirement("AZ-23")
async def test_no_id_token_without_openid(rp: RelyingParty, browser: Browser) -> None:
    """OAuth without OpenID Connect: no ID token, and UserInfo asks for the scope."""
    tokens = await rp.tokens(browser, scope="profile api.read")
    assert "id_token" not in tokens
    refused = await rp.userinfo(tokens["access_token"])
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")


@pytest.mark.requirement("TK-21")
async def test_every_access_token_names_its_audience(provider: Provider, browser: Browser) -> None:
    """The client's own resources, and with `openid` our UserInfo endpoint as well."""
    await provider.account()
    rp = RelyingParty(provider, await provider.client(audience=["https://api.example"]))
    with_openid = claims_of((await rp.tokens(browser))["access_token"])
    assert with_openid["aud"] == ["https://api.example", provider.issuer]
    without = await rp.tokens(browser, scope="api.read")
    assert claims_of(without["access_token"])["aud"] == "https://api.example"
    assert (await rp.userinfo(without["access_token"])).status_code == 401
