"""Every token, code and cookie works at one place only; damaged, or taken from the database, at none."""

import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from idp.clients.backchannel_authentication import CIBA
from idp.clients.device_authorization import DEVICE_CODE
from idp.keys.sign import sign_jwt
from tests.support.browser import FIREFOX, Browser
from tests.support.calls import answer_to, bearer, get, json_of, location_of, post, secret_of
from tests.support.provider import PASSWORD, Provider
from tests.support.relying_party import RelyingParty, claims_of

Sink = Callable[[RelyingParty, str], Awaitable[bool]]


async def _redeems(rp: RelyingParty, value: str) -> bool:
    return (await rp.redeem(value)).status_code == 200


async def _refreshes(rp: RelyingParty, value: str) -> bool:
    return (await rp.refresh(value)).status_code == 200


async def _is_active(rp: RelyingParty, value: str) -> bool:
    return bool((await rp.introspect(value)).get("active"))


async def _opens_userinfo(rp: RelyingParty, value: str) -> bool:
    return (await get(rp.provider, "/userinfo", bearer(value))).status == 200


async def _is_hint(rp: RelyingParty, value: str) -> bool:
    """Taken for a hint, the request goes on to the login page."""
    return await answer_to(rp, id_token_hint=value) == "/login"


async def _is_session(rp: RelyingParty, value: str) -> bool:
    answer = await get(rp.provider, rp.authorization_url(), ("cookie", f"session={value}"), ("user-agent", FIREFOX))
    return "code" in location_of(answer)[1]


async def _is_flow(rp: RelyingParty, value: str) -> bool:
    answer = await get(rp.provider, f"/login?{urlencode({'flow': value})}")
    return ">Shop<" in answer.text  # in its own tags: sealed values may spell anything


async def _is_client_secret(rp: RelyingParty, value: str) -> bool:
    form = {"token": "x", "client_id": rp.client.id}
    answers = [
        await post(rp.provider, "/introspect", form | {"client_secret": value}),
        await post(rp.provider, "/introspect", form, secret_of(type(rp.client)(rp.client.id, value, ""))),
    ]
    return any(answer.status == 200 for answer in answers)


async def _is_assertion(rp: RelyingParty, value: str) -> bool:
    form = {
        "token": "x",
        "client_id": rp.client.id,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": value,
    }
    return (await post(rp.provider, "/introspect", form)).status == 200


async def _is_request_object(rp: RelyingParty, value: str) -> bool:
    return await answer_to(rp, request=value) != "request_not_supported"


async def _is_device_code(rp: RelyingParty, value: str) -> bool:
    """Whether it is known at all: then it waits, or is asked for too fast."""
    answer = await rp.post("/token", {"grant_type": DEVICE_CODE, "device_code": value})
    return answer.json()["error"] in {"authorization_pending", "slow_down"}


async def _is_auth_req_id(rp: RelyingParty, value: str) -> bool:
    answer = await rp.post("/token", {"grant_type": CIBA, "auth_req_id": value})
    return answer.json()["error"] in {"authorization_pending", "slow_down"}


async def _is_user_code(rp: RelyingParty, value: str) -> bool:
    async with Browser(rp.provider.app, address=f"198.18.0.{secrets.randbelow(256)}") as stranger:
        await stranger.open("/device")
        return (await stranger.submit(user_code=value)).path == "/login"


SINKS: dict[str, Sink] = {
    "code": _redeems,
    "refresh token": _refreshes,
    "introspection": _is_active,
    "userinfo": _opens_userinfo,
    "hint": _is_hint,
    "session": _is_session,
    "flow": _is_flow,
    "client secret": _is_client_secret,
    "client assertion": _is_assertion,
    "request object": _is_request_object,
    "device code": _is_device_code,
    "auth_req_id": _is_auth_req_id,
    "user code": _is_user_code,
}


@dataclass(slots=True)
class Login:
    rp: RelyingParty
    tokens: dict[str, Any]
    artefacts: dict[str, str]


@pytest.fixture
async def rp(provider: Provider) -> RelyingParty:
    """A client that may ask in every way there is."""
    await provider.account()
    grant_types = ["authorization_code", "refresh_token", DEVICE_CODE, CIBA]
    client = await provider.client(grant_types=grant_types, backchannel_token_delivery_mode="poll")
    return RelyingParty(provider, client)


@pytest.fixture
async def login(rp: RelyingParty, browser: Browser) -> Login:
    """One login, and everything that it left in anybody's hands."""
    form = await browser.open(rp.authorization_url())
    flow, csrf = form.query["flow"], browser.form("username").fields["csrf"]
    tokens = await rp.tokens(browser)
    page = await browser.open(rp.authorization_url())
    device = (await rp.post("/device_authorization", {"scope": "openid"})).json()
    asked = (await rp.post("/bc-authorize", {"scope": "openid", "login_hint": "lucie@wedos.cz"})).json()
    return Login(
        rp,
        tokens,
        {
            "code": page.query["code"],
            "refresh token": tokens["refresh_token"],
            "access token": tokens["access_token"],
            "ID token": tokens["id_token"],
            "session cookie": browser.http.cookies["session"],
            "device cookie": browser.http.cookies["device"],
            "session id": claims_of(tokens["id_token"])["sid"],
            "grant id": claims_of(tokens["access_token"])["grant_id"],
            "token id": claims_of(tokens["access_token"])["jti"],
            "CSRF token": csrf,
            "flow": flow,
            "client secret": rp.client.secret,
            "password": PASSWORD,
            "verifier": rp.verifier,
            "state": rp.state,
            "device code": device["device_code"],
            "user code": device["user_code"],
            "auth_req_id": asked["auth_req_id"],
        },
    )


RIGHT = {
    ("code", "code"),
    ("refresh token", "refresh token"),
    ("refresh token", "introspection"),
    ("access token", "introspection"),
    ("access token", "userinfo"),
    ("ID token", "hint"),
    ("session cookie", "session"),
    ("flow", "flow"),
    ("client secret", "client secret"),
    ("device code", "device code"),
    ("user code", "user code"),
    ("auth_req_id", "auth_req_id"),
}


@pytest.mark.requirement("TK-09")
async def test_artefacts_are_not_interchangeable(login: Login) -> None:
    """Each at every place that takes one: only the right cell opens. The right cells come last, since they spend it."""
    cells = [(name, sink) for name in login.artefacts for sink in SINKS]
    cells.sort(key=lambda cell: (cell in RIGHT, cell[1] in {"code", "refresh token"}))
    opened = {(name, sink) for name, sink in cells if await SINKS[sink](login.rp, login.artefacts[name])}
    assert opened == RIGHT


TYPES = ["JWT", "at+jwt", "logout+jwt", "dpop+jwt", "oauth-authz-req+jwt", "client-authentication+jwt", "jwt", "AT+JWT"]


@pytest.mark.requirement("JW-06")
async def test_the_type_of_a_token_is_what_counts(login: Login) -> None:
    """One and the same payload under our own signature and every `typ`: each sink takes its own type alone."""
    rp = login.rp
    # Everything that either token needs, so that nothing but `typ` tells them apart.
    claims = claims_of(login.tokens["access_token"]) | claims_of(login.tokens["id_token"])
    both = claims | {"aud": rp.client.id}
    ours = claims | {"aud": rp.provider.issuer}
    keys = rp.provider.wiring.keys
    by_sink = {
        "userinfo": (_opens_userinfo, ours),
        "introspection": (_is_active, ours),
        "hint": (_is_hint, both),
        "refresh token": (_refreshes, both),
        "code": (_redeems, both),
        "client assertion": (_is_assertion, both),
        "request object": (_is_request_object, both),
    }
    taken = {
        (typ, name)
        for typ in TYPES
        for name, (sink, payload) in by_sink.items()
        if await sink(rp, sign_jwt(keys, "ES256", payload, typ))
    }
    assert taken == {("at+jwt", "userinfo"), ("at+jwt", "introspection"), ("JWT", "hint")}


@pytest.mark.requirement("TK-10", "RT-18")
async def test_nothing_in_the_database_is_a_credential(login: Login) -> None:
    """Every text in every table, tried at every place: none opens anything, and none is what was handed out."""
    rp = login.rp
    await rp.provider.inbox()
    values: set[str] = set()
    async with rp.provider.wiring.database.reading() as db:
        tables = (await db.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))).scalars().all()
        for table in tables:
            for row in await db.execute(text(f'SELECT * FROM "{table}"')):  # noqa: S608 - our own tables
                values |= {value for value in row if isinstance(value, str) and len(value) >= 16}
    assert len(values) > 20
    handed_out = {name for name in login.artefacts if name not in {"session id", "grant id", "token id"}}
    assert not values & {login.artefacts[name] for name in handed_out}
    printable = [value for value in values if value.isprintable() and len(value) < 2000]
    sinks = ("code", "refresh token", "introspection", "userinfo", "hint", "session", "client secret")
    header_safe = [value for value in printable if value.isascii() and not {" ", ";", '"'} & set(value)]
    opened = [(value, sink) for value in header_safe for sink in sinks if await SINKS[sink](rp, value)]
    assert opened == []


@pytest.mark.requirement("TK-10", "OT-05")
async def test_handed_out_secrets_are_long(login: Login) -> None:
    """At least 128 random bits each, and none twice."""
    long = ("code", "refresh token", "session cookie", "device cookie", "client secret", "device code", "auth_req_id")
    for name in long:
        assert len(login.artefacts[name]) >= 43, name
    assert len({value[-22:] for value in login.artefacts.values()}) == len(login.artefacts)


def damaged(token: str, count: int) -> list[str]:
    """Truncated, extended, with a bit or a letter's case flipped, and with parts swapped."""
    cut = [token[:length] for length in range(0, len(token), max(1, len(token) // 60))]
    longer = [token + tail for tail in ("A", "=", "==", ".", " x", "A" * 100, "%00", "\u200b", token)]
    flipped: list[str] = []
    while len(flipped) < count:
        place, bit = secrets.randbelow(len(token)), 1 << secrets.randbelow(7)
        letter = chr(ord(token[place]) ^ bit)
        if letter.isprintable() and letter != token[place]:
            flipped.append(token[:place] + letter + token[place + 1 :])
    ends = [token[:-1] + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"]
    cases = [token.swapcase(), token.upper(), token.lower(), token[::-1]]
    return [each for each in dict.fromkeys([*cut, *longer, *flipped, *ends, *cases]) if each not in {token, ""}]


@pytest.mark.requirement("TK-26")
async def test_damaged_tokens_are_refused(login: Login) -> None:
    """A thousand damages to refresh token, access token and code: none is active, redeemed or refreshed."""
    rp, artefacts = login.rp, login.artefacts
    broken = {name: damaged(artefacts[name], 250) for name in ("refresh token", "access token", "code")}
    assert sum(len(each) for each in broken.values()) >= 1000
    active = [
        value for name in ("refresh token", "access token") for value in broken[name] if await _is_active(rp, value)
    ]
    assert active == []
    assert [value for value in broken["code"] if await _redeems(rp, value)] == []
    assert [value for value in broken["refresh token"][:100] if await _refreshes(rp, value)] == []
    assert await _is_active(rp, artefacts["access token"])
    assert await _redeems(rp, artefacts["code"])
    assert await _refreshes(rp, artefacts["refresh token"])


@pytest.mark.requirement("JW-16")
async def test_a_subject_is_never_used_again(provider: Provider) -> None:
    """An address that is registered anew is a new person: its subject has never been seen."""
    first = await provider.account(email_verified=False)
    second = await provider.account()
    assert first.login_email == second.login_email
    assert first.id != second.id
    assert json.dumps([first.id, second.id]).count("lucie") == 0


async def test_an_access_token_of_the_future_is_refused(rp: RelyingParty, browser: Browser) -> None:
    """And an expired one: 15 minutes after it was made it opens nothing."""
    tokens = await rp.tokens(browser)
    assert json_of(await get(rp.provider, "/userinfo", bearer(tokens["access_token"])))["sub"]
    rp.provider.clock.advance(minutes=15)
    refused = await get(rp.provider, "/userinfo", bearer(tokens["access_token"]))
    assert (refused.status, json_of(refused)["error"]) == (401, "invalid_token")
    assert not await _is_active(rp, tokens["access_token"])
