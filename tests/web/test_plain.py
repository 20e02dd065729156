"""The toolkit of the hot endpoints: what it lets through, and what every failure looks like from outside."""

import json

import pytest
import structlog

from idp.database.unavailable import DatabaseUnavailable
from idp.protocol.errors import ErrorCode, OAuthError
from idp.web.plain import (
    MAX_BODY_BYTES,
    ASGIApp,
    Message,
    PlainRequest,
    PlainResponse,
    json_response,
    plain_endpoint,
)
from tests.support.asgi import call, get, http_scope, post_form

FORM = "application/x-www-form-urlencoded"


async def _echo_form(request: PlainRequest) -> PlainResponse:
    return json_response(await request.form())


def _raising(error: Exception) -> ASGIApp:
    async def handler(_: PlainRequest) -> PlainResponse:
        raise error

    return plain_endpoint(handler)


@pytest.mark.parametrize("content_type", [FORM, f"{FORM};charset=utf-8", f"{FORM}; Charset=UTF-8", FORM.upper()])
async def test_a_form_is_read_from_its_own_content_type(content_type: str) -> None:
    """The form type, with UTF-8 named or not, is what a form comes as."""
    scope = http_scope("POST", "/", [("content-type", content_type)])
    answer = await call(plain_endpoint(_echo_form), scope, [b"a=1&b", b"=%C4%8D"])
    assert (answer.status, json.loads(answer.body)) == (200, {"a": "1", "b": "č"})


@pytest.mark.requirement("WE-07")
@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        f"{FORM}; charset=utf-16",
        f"{FORM}x",
    ],
)
async def test_any_other_content_type_is_refused(content_type: str | None) -> None:
    """A body of another type, or of none, is never taken for a form."""
    headers = [] if content_type is None else [("content-type", content_type)]
    answer = await call(plain_endpoint(_echo_form), http_scope("POST", "/", headers), [b"a=1"])
    assert (answer.status, json.loads(answer.body)["error"]) == (400, "invalid_request")


@pytest.mark.requirement("DS-01")
async def test_a_body_is_counted_while_it_streams() -> None:
    """One byte over the limit ends the reading, without any Content-Length."""
    scope = http_scope("POST", "/", [("content-type", FORM)])
    answer = await call(plain_endpoint(_echo_form), scope, [b"a=" + b"x" * (MAX_BODY_BYTES - 2), b"x"])
    assert (answer.status, json.loads(answer.body)["error"]) == (413, "invalid_request")


async def test_repeated_headers_are_visible_and_never_chosen_from() -> None:
    """`headers_named` shows both User-Agents, `header` refuses to pick one."""
    scope = http_scope("GET", "/", [("User-Agent", "one"), ("User-Agent", "two")])
    request = PlainRequest(scope, lambda: pytest.fail("no body is read"))
    assert request.headers_named("User-Agent") == ["one", "two"]
    assert request.header("authorization") is None
    with pytest.raises(OAuthError):
        request.header("user-agent")


async def test_an_oauth_error_becomes_json_without_its_detail() -> None:
    """RFC 6749 §5.2: code and description go out, uncached; the detail stays."""
    answer = await post_form(_raising(OAuthError("invalid_grant", "The code is used.", detail="grant g-1")), b"")
    assert answer.status == 400
    assert json.loads(answer.body) == {"error": "invalid_grant", "error_description": "The code is used."}
    assert (answer.header("cache-control"), answer.header("pragma")) == ("no-store", "no-cache")


@pytest.mark.parametrize(
    ("error", "scheme"),
    [
        (OAuthError("invalid_client"), "Basic"),
        (OAuthError("invalid_token"), "Bearer"),
        (OAuthError("invalid_token", headers={"WWW-Authenticate": "DPoP algs=ES256"}), "DPoP"),
    ],
)
async def test_every_401_names_a_scheme(error: OAuthError, scheme: str) -> None:
    """RFC 9110 §15.5.2: a 401 without WWW-Authenticate does not exist."""
    answer = await post_form(_raising(error), b"")
    assert answer.status == 401
    assert (answer.header("www-authenticate") or "").startswith(scheme)


async def test_a_lost_database_is_a_503_that_may_be_tried_again() -> None:
    """Nothing was committed, and the caller learns when to come back."""
    answer = await post_form(_raising(DatabaseUnavailable("OperationalError")), b"")
    assert (answer.status, answer.header("retry-after")) == (503, "1")
    assert json.loads(answer.body) == {"error": "temporarily_unavailable"}


@pytest.mark.requirement("LG-06")
async def test_an_unexpected_error_tells_nothing_but_is_logged_with_the_request_id() -> None:
    """The answer is one fixed word; the log has the traceback under the request's id."""
    scope = {**http_scope("POST"), "idp.request_id": "r-1"}
    with structlog.testing.capture_logs() as events:
        answer = await call(_raising(RuntimeError("SELECT secret FROM t")), scope)
    assert (answer.status, json.loads(answer.body)) == (500, {"error": "server_error"})
    assert [(event["event"], event["request_id"]) for event in events] == [("request_failed", "r-1")]


@pytest.mark.requirement("WE-15")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "TRACE", "OPTIONS", "HEAD", "post"])
async def test_only_declared_methods_are_answered(method: str) -> None:
    """Everything else is 405 with the list of what is allowed, and the handler does not run."""
    answer = await call(_raising(AssertionError("ran")), http_scope(method))
    assert (answer.status, answer.header("allow")) == (405, "POST")


async def test_head_is_a_get_without_its_body() -> None:
    """Same status and headers, the length included."""

    async def handler(request: PlainRequest) -> PlainResponse:
        return json_response({"method": request.method})

    endpoint = plain_endpoint(handler, methods=("GET",))
    full, head = await get(endpoint), await call(endpoint, http_scope("HEAD"))
    assert (head.status, head.headers, head.body) == (full.status, full.headers, b"")


async def test_public_endpoints_let_scripts_of_any_origin_read_but_never_with_credentials() -> None:
    """The preflight, the answers and the errors say `*`; none allows credentials."""
    endpoint = plain_endpoint(_echo_form, cross_origin=True)
    preflight = await call(endpoint, http_scope("OPTIONS", "/", [("origin", "https://evil.example")]))
    refused = await post_form(endpoint, b"a=1&a=2", ("origin", "https://evil.example"))
    assert (preflight.status, refused.status) == (204, 400)
    assert preflight.header("access-control-allow-methods") == "OPTIONS, POST"
    for answer in (preflight, refused):
        assert answer.header("access-control-allow-origin") == "*"
        assert answer.header("access-control-allow-credentials") is None


async def test_other_endpoints_send_no_cross_origin_header() -> None:
    """CORS is given, never assumed."""
    answer = await post_form(plain_endpoint(_echo_form), b"a=1", ("origin", "https://evil.example"))
    assert not [name for name, _ in answer.headers if name.startswith("access-control")]


async def test_a_caller_that_left_is_not_answered() -> None:
    """A disconnect in the middle of the body ends the request without a word and without an error in the log."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    with structlog.testing.capture_logs() as events:
        await plain_endpoint(_echo_form)(http_scope("POST", "/", [("content-type", FORM)]), receive, send)
    assert (sent, events) == ([], [])


async def test_an_answer_with_its_own_cache_policy_keeps_it() -> None:
    """Discovery and JWKS are cacheable: their policy replaces no-store and Pragma."""
    response = json_response({}, headers={"Cache-Control": "public, max-age=300"})
    assert response.headers == {"content-type": "application/json", "cache-control": "public, max-age=300"}


@pytest.mark.parametrize("code", list(ErrorCode))
async def test_no_error_repeats_the_callers_words(code: ErrorCode) -> None:
    """A refused parameter never comes back in the answer."""

    async def handler(request: PlainRequest) -> PlainResponse:
        await request.form()
        raise OAuthError(code)

    for body in (b"canary=canary", b"canary=1&canary=2", b"x=%00canary", b"canary%zz"):
        answer = await post_form(plain_endpoint(handler), body)
        assert b"canary" not in answer.body
