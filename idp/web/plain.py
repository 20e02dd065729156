"""Plain ASGI endpoints for the hot path: no dependency graph, no framework request, one answer per call.

`plain_endpoint` turns an async function into an ASGI application and every failure into RFC 6749 §5.2 JSON that
repeats nothing of what the caller sent.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NoReturn

import structlog
from pydantic_core import to_json

from idp.database.unavailable import DatabaseUnavailable
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.parameters import parse_parameters

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY_BYTES = 64 * 1024
REQUEST_ID_KEY = "idp.request_id"  # where the outermost middleware leaves the request's id in the scope
SEND_WHOLE_KEY = "idp.send_whole"  # where the server leaves a way to send an answer at once (`connection.py`)
ROUTE_KEY = "idp.route"  # where a route that is none of FastAPI's leaves its template in the scope

_JSON_TYPE = "application/json"
_JSON_HEADERS = {"content-type": _JSON_TYPE, "cache-control": "no-store", "pragma": "no-cache"}
_FORM_TYPE = "application/x-www-form-urlencoded"
_PREFLIGHT_HEADERS = {
    "access-control-allow-headers": "Authorization, Content-Type, DPoP",
    "access-control-max-age": "7200",
}
_CROSS_ORIGIN_HEADERS = {
    # No credentials: a cookie never counts at these endpoints, so any origin may read what it could fetch by itself.
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "WWW-Authenticate, Retry-After, DPoP-Nonce",
}
CROSS_ORIGIN = tuple((name.encode(), value.encode()) for name, value in _CROSS_ORIGIN_HEADERS.items())

log = structlog.get_logger(__name__)


class ClientDisconnected(Exception):
    """The caller went away before its request was complete; there is nobody to answer."""


def request_id_of(scope: Scope) -> str:
    """The request's id, made by the outermost middleware; empty where that did not run."""
    found: str = scope.get(REQUEST_ID_KEY, "")
    return found


class PlainRequest:
    """What an endpoint reads of a request. The body is read once, when it is first asked for."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self._receive = receive
        self._form: dict[str, str] | None = None

    @property
    def method(self) -> str:
        """The method; a HEAD request runs as the GET that it asks about."""
        method: str = self.scope["method"]
        return "GET" if method == "HEAD" else method

    @property
    def path(self) -> str:
        path: str = self.scope["path"]
        return path

    @property
    def address(self) -> str:
        """The caller's address, after the trusted proxies were taken off; empty on a Unix socket."""
        client = self.scope.get("client")
        return str(client[0]) if client else ""

    @property
    def request_id(self) -> str:
        return request_id_of(self.scope)

    def headers_named(self, name: str) -> list[str]:
        """Every value of a header, in the order sent."""
        wanted = name.lower().encode("latin-1")
        return [value.decode("latin-1") for key, value in self.scope["headers"] if key == wanted]

    def header(self, name: str) -> str | None:
        """The value of a header that stands once at most; a repeated one is refused, since any choice is a guess."""
        values = self.headers_named(name)
        if len(values) > 1:
            raise OAuthError(ErrorCode.INVALID_REQUEST, "A header is repeated.", detail=f"repeated header {name}")
        return values[0] if values else None

    def query(self) -> dict[str, str]:
        """The parameters of the query string; raises `OAuthError`."""
        return parse_parameters(self.scope["query_string"])

    async def form(self) -> dict[str, str]:
        """The parameters of an `application/x-www-form-urlencoded` POST; raises `OAuthError`."""
        if self._form is None:
            if self.method != "POST" or not _is_form(self.header("content-type")):
                raise OAuthError(ErrorCode.INVALID_REQUEST, f"The request is a POST with a body of type {_FORM_TYPE}.")
            self._form = parse_parameters(await self.body())
        return self._form

    def path_parameter(self, name: str) -> str:
        """What stands in the path where the route has `{name}`."""
        return str(self.scope.get("path_params", {}).get(name, ""))

    async def json(self) -> Any:  # noqa: ANN401 - any JSON at all
        """The value of a JSON body, without members that stand twice; raises `OAuthError`."""
        media_type = (self.header("content-type") or "").partition(";")[0].strip().lower()
        if media_type != _JSON_TYPE:
            raise OAuthError(ErrorCode.INVALID_REQUEST, f"The request has a body of type {_JSON_TYPE}.")
        try:
            return json.loads(await self.body(), object_pairs_hook=_unique_members, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise OAuthError(ErrorCode.INVALID_REQUEST, "The body is not JSON.") from error

    async def body(self) -> bytes:
        """At most 64 KiB, counted while they arrive."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnected
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > MAX_BODY_BYTES:
                raise OAuthError(ErrorCode.INVALID_REQUEST, "The request body is too large.", status=413)
            if not message.get("more_body", False):
                return b"".join(parts)


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _is_form(content_type: str | None) -> bool:
    media_type, _, parameter = (content_type or "").partition(";")
    return media_type.strip().lower() == _FORM_TYPE and parameter.strip().lower() in {"", "charset=utf-8"}


def sent_whole(send: Send, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bool:
    """Sends a complete answer at once, where `send` is the edge's own (`exchange.py`) and the server can. False:
    nothing was sent, and it has to go in ASGI's messages, which take 4 µs more.
    """
    answer = getattr(send, "answer", None)
    return answer is not None and answer(status, headers, body)


@dataclass(frozen=True)
class PlainResponse:
    """An answer that is complete before it is sent; one that never changes can be made once and sent for ever."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        # RFC 9110 §8.6: a 204 carries no Content-Length.
        return raw if self.status == 204 else [*raw, (b"content-length", b"%d" % len(self.body))]

    async def send_to(self, send: Send, *, only_headers: bool = False) -> None:
        await _send(send, self.status, self.raw_headers, b"" if only_headers else self.body)

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """The answer as an ASGI application, so that anything that renders can also answer."""
        await self.send_to(send, only_headers=scope.get("method") == "HEAD")


def json_response(
    payload: Mapping[str, Any] | Sequence[Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> PlainResponse:
    """JSON that no cache keeps (RFC 6749 §5.1) unless `headers` say otherwise."""
    body = to_json(payload)
    if not headers:
        return PlainResponse(status, body, _JSON_HEADERS)
    defaults = dict(_JSON_HEADERS)
    given = {name.lower(): value for name, value in headers.items()}
    if "cache-control" in given:
        del defaults["pragma"]
    return PlainResponse(status, body, {**defaults, **given})


def error_response(error: OAuthError) -> PlainResponse:
    """RFC 6749 §5.2: the code and our own words, never the caller's."""
    headers = {name.lower(): value for name, value in error.headers.items()}
    if error.status == 401:
        is_client = error.code is ErrorCode.INVALID_CLIENT
        scheme = 'Basic realm="oauth", charset="UTF-8"' if is_client else f'Bearer error="{error.code}"'
        headers.setdefault("www-authenticate", scheme)
    return json_response(error.to_json(), error.status, headers)


def unavailable_response() -> PlainResponse:
    """Nothing was committed: the caller may send the same request again."""
    return json_response({"error": "temporarily_unavailable"}, 503, {"retry-after": "1"})


Handler = Callable[[PlainRequest], Awaitable[PlainResponse]]


def plain_endpoint(handler: Handler, methods: Sequence[str] = ("POST",), *, cross_origin: bool = False) -> ASGIApp:
    """`handler` as an ASGI application. HEAD comes with GET; `cross_origin` lets scripts of any origin read answers."""
    allowed = {*methods, *(("HEAD",) if "GET" in methods else ()), *(("OPTIONS",) if cross_origin else ())}
    allow = ", ".join(sorted(allowed))
    extra = CROSS_ORIGIN if cross_origin else ()
    preflight = PlainResponse(204, b"", {"access-control-allow-methods": allow, **_PREFLIGHT_HEADERS})
    refusal = json_response({"error": "invalid_request"}, 405, {"allow": allow})

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        if method not in allowed:
            response = refusal
        elif method == "OPTIONS":
            response = preflight
        else:
            try:
                response = await _answer(handler, PlainRequest(scope, receive))
            except ClientDisconnected:
                return
        body = b"" if method == "HEAD" else response.body
        await _send(send, response.status, [*response.raw_headers, *extra], body)

    return endpoint


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    if not sent_whole(send, status, headers, body):
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _answer(handler: Handler, request: PlainRequest) -> PlainResponse:
    """The handler's answer, or what its failure looks like from outside."""
    try:
        return await handler(request)
    except OAuthError as error:
        log.info("request_refused", error=str(error.code), detail=error.detail, request_id=request.request_id)
        return error_response(error)
    except DatabaseUnavailable as error:
        log.warning("database_unavailable", reason=str(error), request_id=request.request_id)
        return unavailable_response()
    except ClientDisconnected:
        raise
    except Exception:
        log.exception("request_failed", request_id=request.request_id)
        return json_response({"error": "server_error"}, 500)
