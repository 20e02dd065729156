"""Values made to be expensive or to be believed: long lists, deep JSON, broken cookies, and an endpoint that fails."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest
import structlog
from structlog.testing import LogCapture

from idp.database.engine import Database
from tests.fuzz.test_every_route import paths_of
from tests.support.asgi import call, http_scope
from tests.support.browser import FIREFOX, Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

_FORM = ("content-type", "application/x-www-form-urlencoded")
_HOST = ("host", "localhost:8000")


async def authorize(rp: RelyingParty, name: str, value: str) -> tuple[int, str]:
    """The status and the redirect of a POSTed authorization request in which one parameter is hostile."""
    fields = dict(pair.split("=", 1) for pair in rp.authorization_url().partition("?")[2].split("&"))
    fields.pop(name, None)
    body = "&".join(f"{key}={text}" for key, text in fields.items()) + "&" + urlencode({name: value})
    scope = http_scope("POST", "/authorize", [_HOST, _FORM, ("user-agent", FIREFOX)])
    answer = await call(rp.provider.app, scope, [body.encode()])
    location = answer.header("location") or ""
    if location.startswith("/authorize?"):  # a POST from elsewhere becomes a GET
        answer = await call(rp.provider.app, http_scope("GET", location, [_HOST, ("user-agent", FIREFOX)]))
        location = answer.header("location") or ""
    return answer.status, location


@pytest.mark.requirement("DS-05")
async def test_lists_are_bounded(rp: RelyingParty) -> None:
    """Hundreds of entries are refused by the endpoint, thousands by their size; none reaches a page."""
    for name, count in product(("scope", "acr_values", "prompt", "ui_locales"), (300, 10_000)):
        status, location = await authorize(rp, name, " ".join(f"v{number}x" for number in range(count)))
        assert status in {400, 413, 414} or "error=" in location, (name, count)


def hostile_json() -> dict[str, str]:
    """Claims requests that make parsers work, overflow or disagree."""
    return {
        "deep": "[" * 10_000,
        "deep objects": '{"userinfo":' * 4_000,
        "duplicate keys": '{"userinfo":{' + ",".join('"a":null' for _ in range(6_000)) + "}}",
        "huge number": '{"id_token":{"sub":{"value":' + "9" * 10_000 + "}}}",
        "infinity": '{"id_token":{"sub":{"value":1e999}}}',
        "not a number": '{"id_token":{"sub":{"value":NaN}}}',
        "lone surrogate": '{"userinfo":{"\\ud800":null}}',
        "nul": '{"userinfo":{"\\u0000":null}}',
        "wrong type": "[]",
        "cut off": '{"userinfo":',
        "many claims": json.dumps({"userinfo": {f"c{number}": None for number in range(3_000)}}),
        "long name": json.dumps({"userinfo": {"c" * 50_000: None}}),
    }


@pytest.mark.requirement("DS-07")
async def test_hostile_json_is_refused(rp: RelyingParty) -> None:
    """Every one is an error that the application is told, or a refusal of its size; never a failure of ours."""
    for kind, claims in hostile_json().items():
        status, location = await authorize(rp, "claims", claims)
        assert status in {400, 413, 414} or "error=invalid_request" in location, kind


@pytest.mark.requirement("SE-19")
async def test_a_broken_session_cookie_is_nobody(provider: Provider, rp: RelyingParty, browser: Browser) -> None:
    """Cut off, with a bit flipped, in another case, padded, doubled, too long or no text at all: always a stranger."""
    await rp.sign_in(browser)
    cookies = {cookie.name: cookie.value or "" for cookie in browser.http.cookies.jar}
    good = cookies["session"]
    flipped = [good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :] for at in range(0, len(good), 5)]
    broken = [*flipped, good[:-1], good[1:], good.swapcase(), good + "=", "=" * 43, "A" * 4000, "é" * 43, "\xff", "."]
    broken.append(".".join("A" * 43 for _ in range(90)))  # fmt: skip
    assert await _is_signed_in(provider, cookies["device"], good)
    for value in broken:
        assert not await _is_signed_in(provider, cookies["device"], value), value


async def _is_signed_in(provider: Provider, device: str, session: str) -> bool:
    headers = [_HOST, ("cookie", f"device={device}; session={session}"), ("user-agent", FIREFOX)]
    answer = await call(provider.app, http_scope("GET", "/account/security", headers))
    assert answer.status in {200, 303}
    return answer.status == 200


@pytest.mark.requirement("AZ-06")
async def test_repeated_parameters_are_refused(rp: RelyingParty) -> None:
    """Each parameter twice in the body, equal or not, and each split over query and body."""
    fields = {
        "grant_type": "authorization_code", "code": "x", "redirect_uri": rp.client.redirect_uri, "token": "x",
        "code_verifier": rp.verifier, "client_id": rp.client.id, "client_secret": rp.client.secret, "scope": "openid",
        "refresh_token": "x", "user_agent": FIREFOX, "token_type_hint": "x",
    }  # fmt: skip
    for path, (name, value) in product(("/token", "/introspect", "/revoke"), fields.items()):
        for twice in (urlencode([(name, value), (name, value)]), urlencode([(name, value), (name, "other")])):
            others = urlencode({key: text for key, text in fields.items() if key != name})
            answer = await call(
                rp.provider.app, http_scope("POST", path, [_HOST, _FORM]), [f"{others}&{twice}".encode()]
            )
            assert (answer.status, json.loads(answer.body)["error"]) == (400, "invalid_request"), name
        split = http_scope("POST", f"{path}?{urlencode({name: value})}", [_HOST, _FORM])
        answer = await call(rp.provider.app, split, [urlencode(fields | {"client_secret": "wrong"}).encode()])
        assert answer.status in {400, 401}


@pytest.fixture
def log_output() -> Iterator[LogCapture]:
    """Keeps the log as it is: rendering a hundred tracebacks takes a minute."""
    capture, before = LogCapture(), structlog.get_config()["processors"]
    structlog.configure(processors=[capture])
    yield capture
    structlog.configure(processors=before)


class _Broken(Database):
    """A database whose driver fails in a way that nobody foresaw."""

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Any]:
        raise RuntimeError("SELECT secret FROM /var/lib/idp: password=hunter2")
        yield

    writing = reading


async def _broken_lane(_: object) -> Any:
    raise RuntimeError("SELECT secret FROM /var/lib/idp: password=hunter2")


@pytest.mark.requirement("LG-06")
async def test_an_unexpected_failure_tells_an_id_and_nothing_else(
    provider: Provider, rp: RelyingParty, log_output: LogCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every route, with a driver that raises: no trace, no statement, no path, no version in the answer."""
    good = provider.wiring.database
    provider.wiring.database = _Broken(str(provider.wiring.settings.database_url))
    for lane in good.lanes:
        monkeypatch.setattr(lane, "run", _broken_lane)
    provider.wiring.clients.forget()
    failed = 0
    for path in dict.fromkeys(paths_of(provider.app.router.routes)):
        for method in ("GET", "POST"):
            cookie = f"device={'d' * 43}; session={'s' * 43}"
            headers = [_HOST, _FORM, ("cookie", cookie), ("accept", "text/html"), ("authorization", "Basic c2hvcDp4")]
            body = urlencode({"client_id": "shop", "token": "x", "grant_type": "refresh_token"}).encode()
            answer = await call(provider.app, http_scope(method, path, headers), [body])
            failed += answer.status == 500
            assert answer.header("x-request-id")
            for leak in (b"hunter2", b"SELECT", b"RuntimeError", b"Traceback", b"/var/lib", b"sqlalchemy", b".py"):
                assert leak not in answer.body
    assert failed > 20
    # The log tells what the answer does not, under the same id.
    assert sum("exc_info" in entry for entry in log_output.entries) >= failed
    await provider.wiring.database.close()
    provider.wiring.database = good
