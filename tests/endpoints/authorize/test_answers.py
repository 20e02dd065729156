"""What comes back from the authorization endpoint: codes, errors, state, issuer, and how often a person is asked."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog
from sqlalchemy import func, select

from idp.credentials.otp import code_now
from idp.protocol.acr import AcrLevels
from idp.tables import metadata
from idp.web.logs import configure_logs
from tests.support.browser import Browser, Page
from tests.support.calls import answer_to, get, json_of, location_of, outcome, post
from tests.support.provider import OTP_KEY, PASSWORD, Provider
from tests.support.relying_party import RelyingParty, claims_of

URL_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
STATES = {
    "128 characters of the URL alphabet": (URL_ALPHABET * 2)[:128],
    "dots and dashes": "-._~" * 32,
    "reserved characters": "a=b&c+d%25#e?/'\"<>\\;:",
    "other scripts": "příliš žluťoučký 🐎 kůň",
    "spaces": " two  spaces ",
    "JSON": '{"return": "/a?b=c&d"}',
    "base64": "AAAA+/==",
    "2000 characters": "s" * 2000,
}
ERRORS: dict[str, dict[str, str | None]] = {
    "invalid_request": {"code_challenge": None},
    "unsupported_response_type": {"response_type": "token"},
    "invalid_scope": {"scope": "openid admin"},
    "login_required": {"prompt": "none"},
    "request_not_supported": {"request": "e30.e30."},
    "request_uri_not_supported": {"request_uri": "urn:x"},
    "registration_not_supported": {"registration": "{}"},
    "unmet_authentication_requirements": {"claims": '{"id_token":{"acr":{"essential":true,"value":"gold"}}}'},
}


@pytest.mark.requirement("AZ-05", "AZ-10", "OC-42", "OT-02", "OT-30")
async def test_every_error_carries_state_and_issuer(rp: RelyingParty) -> None:
    """Each error with each state, byte for byte, in each response mode that exists; and the issuer of discovery."""
    answers = {}
    for response_mode in (None, "query"):
        for state in [None, *STATES.values()]:
            for error, changes in ERRORS.items():
                url = rp.authorization_url(**changes, state=state, response_mode=response_mode)
                answer = await get(rp.provider, url)
                answers[error, state, response_mode] = outcome(rp, answer, state=state)
                description = location_of(answer)[1]["error_description"]
                assert description.isascii()
                assert not {'"', "\\"} & set(description)
    assert all(answer == error for (error, _, _), answer in answers.items())
    discovery = json_of(await get(rp.provider, "/.well-known/openid-configuration"))
    assert discovery["issuer"] == rp.provider.issuer
    assert discovery["authorization_response_iss_parameter_supported"] is True


@pytest.mark.requirement("AZ-05", "AZ-10", "AZ-25", "OC-05", "OC-42", "OT-02")
async def test_codes_carry_state_and_issuer_and_nonces_come_back(rp: RelyingParty, browser: Browser) -> None:
    """Every state and every nonce survives the login pages and single sign-on as it was."""
    for number, state in enumerate(STATES.values()):
        nonce = (state * 500)[:512]
        page = await rp.sign_in(browser, state=state, nonce=nonce)
        assert page.url.startswith(rp.client.redirect_uri + "?"), number
        assert page.query == {"code": page.query["code"], "state": state, "iss": rp.provider.issuer}
        tokens = (await rp.redeem(page.query["code"])).json()
        assert claims_of(tokens["id_token"])["nonce"] == nonce
        assert not {"access_token", "id_token", "token_type"} & page.query.keys()
    page = await browser.open(rp.authorization_url(state=None, nonce=None))
    assert page.query.keys() == {"code", "iss"}
    assert "nonce" not in claims_of((await rp.redeem(page.query["code"])).json()["id_token"])


PARAMETERS = [
    "client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
    "prompt", "max_age", "acr_values", "claims", "login_hint", "id_token_hint", "ui_locales", "display",
    "response_mode", "request", "request_uri", "unknown",
]  # fmt: skip


@pytest.mark.requirement("AZ-06")
async def test_repeated_parameters_are_refused(rp: RelyingParty) -> None:
    """Twice in the query, twice in the body, and once in each: a page, since no redirect URI can be trusted then."""
    complete = rp.authorization_url(prompt="login").partition("?")[2]
    sent = dict(pair.split("=", 1) for pair in complete.split("&"))
    for name in PARAMETERS:
        value = sent.get(name, "1")
        once = complete if name in sent else f"{complete}&{name}={value}"
        twice = f"{once}&{name}={value}"
        encoded = f"{once}&%{ord(name[0]):02x}{name[1:]}={value}"
        requests = [
            await get(rp.provider, f"/authorize?{twice}"),
            await get(rp.provider, f"/authorize?{encoded}"),
            await post(rp.provider, "/authorize", twice),
            await post(rp.provider, f"/authorize?{name}={value}", once),
        ]
        assert [outcome(rp, answer, state=rp.state) for answer in requests] == ["page"] * 4, name


@pytest.mark.requirement("OC-25")
async def test_a_post_is_the_same_request(rp: RelyingParty, browser: Browser) -> None:
    """OIDC Core §3.1.2.1: answered by a 303 to the GET, without a cookie; the login then goes on as ever."""
    form = rp.authorization_url().partition("?")[2]
    cross_site = [("origin", "https://shop.example"), ("sec-fetch-site", "cross-site")]
    answer = await post(rp.provider, "/authorize", form, *cross_site)
    assert answer.status == 303
    assert answer.header("set-cookie") is None
    page = await browser.open(answer.header("location") or "")
    assert page.path == "/login"
    page = await browser.submit(username="lucie@wedos.cz", password=PASSWORD)
    assert page.query["state"] == rp.state
    assert (await rp.redeem(page.query["code"])).status_code == 200


@pytest.mark.parametrize("path", ["/authorize", "/logout", "/login"])
async def test_a_post_from_another_site_replaces_no_cookie(rp: RelyingParty, path: str) -> None:
    """The browser keeps its Lax cookies to itself then: an answer that set new ones would forget the device."""
    for form in ("", "client_id=shop&client_id=shop", "state=x"):
        answer = await post(rp.provider, path, form, ("origin", "https://evil.example"))
        assert answer.header("set-cookie") is None


@pytest.mark.requirement("OC-22")
async def test_unknown_parameters_are_ignored(rp: RelyingParty) -> None:
    """RFC 6749 §3.1; `claims_locales` and what a future specification may add."""
    assert await answer_to(rp, claims_locales="cs", foo="bar", **{"x-y.z": "1"}) == "/login"


@pytest.mark.requirement("AZ-12")
@pytest.mark.parametrize("origin", ["https://shop.example", "null", "http://localhost:8000"])
async def test_no_cross_origin_reading(rp: RelyingParty, origin: str) -> None:
    """A script of another site learns nothing here, by preflight, GET or POST."""
    preflight = ("access-control-request-method", "GET")
    answers = [
        await get(rp.provider, rp.authorization_url(), ("origin", origin)),
        await get(rp.provider, rp.authorization_url(), ("origin", origin), preflight, method="OPTIONS"),
        await post(rp.provider, "/authorize", rp.authorization_url().partition("?")[2], ("origin", origin)),
    ]
    for answer in answers:
        assert not [name for name, _ in answer.headers if name.startswith("access-control-")]


@pytest.fixture
def log_output() -> Iterator[StringIO]:
    """Everything that is logged, as in production."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config())
    output = StringIO()
    configure_logs(level="debug", as_json=True, stream=output)
    yield output
    logging.captureWarnings(capture=False)
    root.handlers[:], (root.level) = before[0], before[1]
    structlog.configure(**before[2])


@pytest.mark.requirement("AZ-27")
async def test_the_code_is_neither_cached_nor_logged(log_output: StringIO, rp: RelyingParty, browser: Browser) -> None:
    """The answers that carry it say `no-store`; no log line has the code, the tokens, the state or the verifier."""
    page = await rp.sign_in(browser)
    straight = await browser.open(rp.authorization_url())
    assert straight.headers["cache-control"] == "no-store"
    tokens = (await rp.redeem(page.query["code"])).json()
    await rp.redeem(page.query["code"])
    await rp.introspect(tokens["access_token"])
    written = log_output.getvalue()
    assert '"/authorize"' in written
    secret_values = [page.query["code"], straight.query["code"], rp.state, rp.verifier, rp.client.secret, PASSWORD]
    for secret in [*secret_values, tokens["access_token"], tokens["refresh_token"], tokens["id_token"]]:
        assert secret not in written


async def row_counts(provider: Provider) -> dict[str, int]:
    """How many rows every table has, but for the log of what happened."""
    async with provider.wiring.database.reading() as db:
        return {
            table.name: (await db.execute(select(func.count()).select_from(table))).scalar_one()
            for table in metadata.sorted_tables
            if table.name != "audit_events"
        }


@pytest.mark.requirement("AZ-14", "OC-19", "OT-12")
async def test_prompt_none_asks_nobody_and_leaves_nothing(provider: Provider, browser: Browser) -> None:
    """Nobody signed in, consent missing, OTP to set up or to enter: the error of each, no session cookie, no row."""
    await provider.account()
    shop = RelyingParty(provider, await provider.client())
    partner = RelyingParty(provider, await provider.client("partner", first_party=False))
    before = await row_counts(provider)
    page = await browser.open(shop.authorization_url(prompt="none"))
    assert page.query["error"] == "login_required"
    assert "session" not in browser.http.cookies
    assert await row_counts(provider) == before
    await shop.sign_in(browser)
    before, cookie = await row_counts(provider), browser.http.cookies["session"]
    asked = {
        "consent_required": partner.authorization_url(prompt="none"),
        "interaction_required": shop.authorization_url(prompt="none", acr_values="urn:idp:acr:otp"),
    }
    answers = {wanted: (await browser.open(url)).query["error"] for wanted, url in asked.items()}
    assert answers == {wanted: wanted for wanted in asked}
    provider.clock.advance(seconds=10)
    assert (await browser.open(shop.authorization_url(prompt="none", max_age="5"))).query["error"] == "login_required"
    assert await row_counts(provider) == before
    assert browser.http.cookies["session"] == cookie


@pytest.mark.requirement("AZ-14", "OC-19", "OT-12")
async def test_prompt_none_cannot_choose_an_account(provider: Provider, browser: Browser) -> None:
    """A person who has to choose is not chosen for."""
    await provider.account()
    rp = RelyingParty(provider, await provider.client())
    await rp.sign_in(browser)
    page = await browser.open(rp.authorization_url(prompt="none"))
    assert "code" in page.query
    page = await browser.open(rp.authorization_url(prompt="select_account"))
    assert page.path == "/select-account"


async def signed_in_again(rp: RelyingParty, browser: Browser, **request: str) -> dict[str, object]:
    page = await browser.open(rp.authorization_url(**request))
    assert page.path == "/login", page.url
    assert "code" not in page.query
    page = await browser.submit(username="lucie@wedos.cz", password=PASSWORD)
    return id_token_claims(await _redeemed(rp, page))


async def _redeemed(rp: RelyingParty, page: Page) -> dict[str, str]:
    response = await rp.redeem(page.query["code"])
    assert response.status_code == 200, response.text
    tokens: dict[str, str] = response.json()
    return tokens


def id_token_claims(tokens: dict[str, str]) -> dict[str, object]:
    return claims_of(tokens["id_token"])


@pytest.mark.requirement("AZ-15", "OC-19", "OC-20", "OT-09")
@pytest.mark.parametrize("demand", [{"prompt": "login"}, {"max_age": "0"}, {"max_age": "1"}])
async def test_a_fresh_login_is_a_fresh_password(rp: RelyingParty, browser: Browser, demand: dict[str, str]) -> None:
    """The old session is not enough: the password is asked, and auth_time is new."""
    first = id_token_claims(await rp.tokens(browser))
    rp.provider.clock.advance(seconds=30)
    now = rp.provider.clock.now()
    second = await signed_in_again(rp, browser, **demand)
    assert (first["auth_time"], second["auth_time"]) == (now - 30, now)
    assert second["sub"] == first["sub"]


@pytest.mark.requirement("AZ-15")
async def test_whoever_leaves_the_fresh_login_gets_no_code(rp: RelyingParty, browser: Browser) -> None:
    """A wrong password, and then the address again: no code until the password was right."""
    await rp.sign_in(browser)
    rp.provider.clock.advance(seconds=30)
    url = rp.authorization_url(prompt="login")
    await browser.open(url)
    page = await browser.submit(username="lucie@wedos.cz", password="wrong password here")
    assert (page.path, page.has_error) == ("/login", True)
    again = await browser.open(page.url)
    assert again.path == "/login"
    assert (await browser.open(url)).path == "/login"


@pytest.mark.requirement("OC-20", "OT-09")
async def test_auth_time_is_stable_over_single_sign_on(rp: RelyingParty, browser: Browser) -> None:
    """A login that is young enough is not asked for again, and says when it was."""
    first = id_token_claims(await rp.tokens(browser))
    rp.provider.clock.advance(minutes=30)
    second = id_token_claims(await rp.tokens(browser, max_age="3600"))
    assert second["auth_time"] == first["auth_time"]
    assert second["sid"] == first["sid"]
    assert second["iat"] == rp.provider.clock.now()


async def test_a_clients_default_max_age_counts(provider: Provider, browser: Browser) -> None:
    """As if every request carried it (OIDC Registration §2)."""
    await provider.account()
    rp = RelyingParty(provider, await provider.client(default_max_age=60))
    await rp.sign_in(browser)
    provider.clock.advance(seconds=61)
    assert (await browser.open(rp.authorization_url())).path == "/login"


@pytest.mark.requirement("JW-23")
async def test_an_essential_level_is_reached_or_refused(provider: Provider, browser: Browser) -> None:
    """With a password alone OTP is asked for, never a lower `acr` given; a level that nobody has is refused."""
    levels: AcrLevels = provider.wiring.levels
    await provider.account()
    rp = RelyingParty(provider, await provider.client())
    essential = json.dumps({"id_token": {"acr": {"essential": True, "values": [levels.otp]}}})
    first = id_token_claims(await rp.tokens(browser))
    assert first["acr"] == levels.password
    for request in ({"claims": essential}, {"acr_values": levels.otp}):
        page = await browser.open(rp.authorization_url(**request))
        assert page.path == "/login/otp/setup"
        assert "code" not in page.query
        refused = await browser.open(rp.authorization_url(**request, prompt="none"))
        assert refused.query["error"] == "interaction_required"
    unknown = json.dumps({"id_token": {"acr": {"essential": True, "values": ["gold"]}}})
    assert await answer_to(rp, claims=unknown) == "unmet_authentication_requirements"


@pytest.mark.requirement("JW-23")
async def test_a_step_up_shows_in_the_tokens(provider: Provider, browser: Browser) -> None:
    """RFC 9470 §4: what the resource asked for stands in both tokens, with a time after the demand."""
    levels = provider.wiring.levels
    await provider.account(otp=True)
    rp = RelyingParty(provider, await provider.client())
    await rp.sign_in(browser, otp=True)
    provider.clock.advance(minutes=10)
    page = await browser.open(rp.authorization_url(acr_values=levels.otp, max_age="300"))
    assert page.path.startswith("/login")
    if page.path == "/login":
        page = await browser.submit(username="lucie@wedos.cz", password=PASSWORD)
    page = await browser.submit(code=code_now(OTP_KEY, provider.clock.now()))
    tokens = await _redeemed(rp, page)
    for token in (claims_of(tokens["id_token"]), claims_of(tokens["access_token"])):
        assert token["acr"] == levels.otp
        assert "otp" in token["amr"]
        assert token["auth_time"] == provider.clock.now()


@pytest.mark.requirement("OC-21", "OT-10")
async def test_a_voluntary_level_comes_back_from_the_list(rp: RelyingParty, browser: Browser) -> None:
    """`acr` is one of `acr_values` where the login reaches one, and the real level where it reaches none."""
    assert id_token_claims(await rp.tokens(browser, acr_values="urn:idp:acr:pwd"))["acr"] == "urn:idp:acr:pwd"
    assert id_token_claims(await rp.tokens(browser, acr_values="1 2"))["acr"] == "urn:idp:acr:pwd"


@pytest.mark.requirement("WE-15")
@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/authorize", "/login", "/logout", "/account/security", "/consent", "/"])
async def test_pages_have_their_methods_only(provider: Provider, method: str, path: str) -> None:
    """Everything but GET, HEAD and POST is 405, with what is allowed."""
    answer = await get(provider, path, method=method)
    assert answer.status == 405
    assert answer.header("allow")
