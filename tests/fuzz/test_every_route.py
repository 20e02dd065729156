"""Any request at any address gets an answer: never a 5xx, in the right form, and without what was secret in it."""

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from starlette.routing import BaseRoute, Mount

from tests.fuzz.conftest import Target, Visitor
from tests.fuzz.requests import CANARY, SECRETS, HostileRequest, hostile_requests
from tests.support.asgi import Answer, call, http_scope
from tests.support.browser import FIREFOX

_PROVING = ("/token", "/introspect", "/revoke", "/device_authorization", "/bc-authorize")
_BACK_CHANNEL = (*_PROVING, "/userinfo")
_VISITORS = 8

fuzzed = settings(
    max_examples=300,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],  # a failure is shown as it was found: shrinking takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def paths_of(routes: Sequence[BaseRoute]) -> Iterator[str]:
    """Every address that is served, included routers and mounts too."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from paths_of(inner.routes)
        elif isinstance(route, Mount):
            yield f"{route.path}/x"
        else:
            yield str(getattr(route, "path", "/"))


def good_fields(target: Target, path: str, visitor: Visitor) -> dict[str, str]:
    """What a good request to the path carries, so that a single bad field gets past everything before it."""
    rp = target.rp
    match path:
        case "/authorize":
            return dict(parse_qsl(urlsplit(rp.authorization_url()).query))
        case "/token":
            own = {"client_id": rp.client.id, "redirect_uri": rp.client.redirect_uri, "code_verifier": rp.verifier}
            return {"grant_type": "refresh_token", "refresh_token": target.tokens["refresh_token"]} | own
        case "/device_authorization" | "/bc-authorize":
            return {"scope": "openid", "login_hint": "lucie@wedos.cz"}
        case "/introspect" | "/revoke":
            return {"token": target.tokens["access_token"]}
        case "/logout":
            return {"id_token_hint": target.tokens["id_token"], "csrf": visitor.csrf}
        case "/register":
            named = {"given_name": "Eva", "family_name": "Nová", "email": "eva@wedos.cz", "phone": "+420601999888"}
            return named | {"password": "short", "agree": "1", "csrf": visitor.csrf}
        case _:
            return {"csrf": visitor.csrf, "username": "lucie@wedos.cz", "password": "wrong", "code": "000000"}


def send(target: Target, request: HostileRequest) -> Answer:
    """As uvicorn would hand it over: what its parser refuses is not in it."""
    visitor = target.visitors[request.visitor]
    fields = request.encoded(good_fields(target, request.path, visitor))
    flow = f"flow={visitor.flow}".encode() if request.is_based and visitor.flow else b""
    is_post = request.method == "POST"
    query = flow if is_post else b"&".join(filter(None, [flow, fields]))
    body = request.body if request.body is not None else fields if is_post else b""
    scope = http_scope(request.method, request.path)
    headers = list(request.headers)
    given = {name for name, _ in headers}
    defaults = [
        (b"cookie", visitor.cookies.encode()),
        (b"content-type", b"application/x-www-form-urlencoded"),
        (b"accept", b"text/html"),
        (b"user-agent", FIREFOX.encode()),
        (b"origin", target.provider.issuer.encode()),
        (b"sec-fetch-site", b"same-origin"),
    ]
    if request.path in _PROVING:
        credentials = b64encode(f"{target.rp.client.id}:{target.rp.client.secret}".encode())
        defaults.append((b"authorization", b"Basic " + credentials))
    if request.path == "/userinfo":
        defaults.append((b"authorization", b"Bearer " + target.tokens["access_token"].encode()))
    headers += [(name, value) for name, value in defaults if name not in given]
    path = request.path.encode("utf-8", "surrogateescape")
    scope.update(headers=headers, query_string=query, raw_path=path)
    half = len(body) // 2
    return target.run(call(target.provider.app, scope, [body[:half], body[half:]]))


@pytest.mark.requirement("RM-05", "TK-24", "LG-06", "WE-15")
@fuzzed
@given(data=st.data())
def test_no_request_breaks_anything(target: Target, data: st.DataObject) -> None:
    """Hostile queries, bodies, headers, cookies, methods and paths, from people in every state of a login."""
    assert len(target.visitors) == _VISITORS
    paths = tuple(dict.fromkeys(paths_of(target.provider.app.router.routes)))
    request = data.draw(hostile_requests(paths, len(target.visitors)))
    answer = send(target, request)
    note(f"{answer.status} {answer.body[:300]!r}")
    assert 200 <= answer.status < 500
    assert answer.header("x-request-id")
    _check_form(request, answer)
    # What was typed comes back as text at most; a secret not even that.
    assert f"<i>{CANARY}".encode() not in answer.body
    assert not any(CANARY in value or "\n" in value or "\r" in value for _, value in _beyond_redirects(answer))


def _check_form(request: HostileRequest, answer: Answer) -> None:
    kind = answer.header("content-type") or ""
    if answer.status < 400 or request.method == "HEAD" or not answer.body:
        return
    if request.path in _BACK_CHANNEL and answer.status not in {400, 405, 413, 414, 415, 421, 431}:
        assert kind == "application/json"
    if kind == "application/json":
        assert isinstance(json.loads(answer.body)["error"], str)
        assert CANARY.encode() not in answer.body
    else:
        assert kind.startswith("text/html")
        assert answer.body.lstrip().lower().startswith(b"<!doctype html>")


def _beyond_redirects(answer: Answer) -> list[tuple[str, str]]:
    """An error redirect gives the client's own `state` back, percent-encoded; nothing else may."""
    return [(name, value) for name, value in answer.headers if name != "location"]


@pytest.mark.requirement("TK-24")
@pytest.mark.parametrize("path", _BACK_CHANNEL)
def test_back_channel_errors_never_repeat_what_was_sent(target: Target, path: str) -> None:
    """Every secret parameter, garbled in every way, leaves no trace in the error; and the error is OAuth JSON."""
    contents = [CANARY, f'{CANARY}"\\', f"<i>{CANARY}", CANARY * 100]
    for name in SECRETS:
        for content in contents:
            body = f"grant_type=authorization_code&client_id=shop&{name}=".encode() + content.encode()
            for headers in ([], [("authorization", "Basic c2hvcDp4")], [("content-type", "application/json")]):
                types = [] if headers and headers[0][0] == "content-type" else [_FORM]
                sent = [("host", "localhost:8000"), *types, *headers]
                answer = target.run(call(target.provider.app, http_scope("POST", path, sent), [body]))
                assert answer.status in {400, 401, 429}
                assert answer.header("content-type") == "application/json"
                assert "error" in json.loads(answer.body)
                assert b"7f3a" not in answer.body
                assert not any("7f3a" in value for _, value in answer.headers)


_FORM = ("content-type", "application/x-www-form-urlencoded")
