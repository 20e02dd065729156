"""Calls an ASGI application without a server, down to the single message."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from idp.web.plain import ASGIApp, Message, Scope


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete response."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The one value of a header; `None` if it is absent, an error if it is repeated."""
        values = [value for key, value in self.headers if key == name.lower()]
        assert len(values) <= 1, f"{name} is repeated: {values}"
        return values[0] if values else None

    @property
    def text(self) -> str:
        return self.body.decode()


def http_scope(
    method: str = "GET",
    target: str = "/",
    headers: Iterable[tuple[str, str]] = (),
    *,
    client: tuple[str, int] | None = ("192.0.2.1", 50000),
) -> Scope:
    """The scope that uvicorn makes of a request."""
    path, _, query = target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        "client": client,
        "server": ("127.0.0.1", 8000),
        "state": {},
    }


async def call(app: ASGIApp, scope: Scope, chunks: Sequence[bytes] = (b"",)) -> Answer:
    """Sends the body in `chunks` and collects the answer."""
    waiting: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": number < len(chunks)}
        for number, chunk in enumerate(chunks, start=1)
    ]
    sent: list[Message] = []
    never = asyncio.Event()

    async def receive() -> Message:
        if not waiting:
            await never.wait()  # the caller stays until it has its answer
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    assert sent, "the application did not answer"
    starts = [message for message in sent if message["type"] == "http.response.start"]
    assert len(starts) == 1, "an answer begins once"
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in starts[0]["headers"]]
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return Answer(starts[0]["status"], headers, body)


async def get(app: ASGIApp, target: str = "/", *headers: tuple[str, str]) -> Answer:
    return await call(app, http_scope("GET", target, headers))


async def post_form(app: ASGIApp, body: bytes, *headers: tuple[str, str]) -> Answer:
    """A POST of an encoded form."""
    content_type = ("content-type", "application/x-www-form-urlencoded")
    return await call(app, http_scope("POST", "/", [content_type, *headers]), [body])
