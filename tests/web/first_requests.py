"""A provider that nobody has asked anything yet: `python -m tests.web.first_requests`, with its environment.

It reads requests from standard input, sends each to the application as a server would, follows redirects, and prints
what the answers were and which modules were imported on the way. It loads nothing itself that an answer could need.
"""

import asyncio
import json
import sys
from typing import Any
from urllib.parse import urlsplit

from idp.app import build_app
from idp.cli.environment import read_settings
from idp.cli.serving_checks import checked_wiring

_MOST_REDIRECTS = 5


async def main() -> None:
    app = build_app(checked_wiring(read_settings()), background=False)
    requests = json.load(sys.stdin)
    async with app.router.lifespan_context(app):
        answers = []
        for request in requests:
            before = set(sys.modules)
            status, path = await _follow(app, **request)
            answers.append({"status": status, "path": path, "imported": sorted(set(sys.modules) - before)})
    print(json.dumps(answers))  # noqa: T201


async def _follow(app: Any, method: str, target: str, headers: dict[str, str], body: str) -> tuple[int, str]:
    """The status of the last answer, and the path that it came from."""
    for _ in range(_MOST_REDIRECTS):
        status, location = await _ask(app, method, target, headers, body)
        if location is None:
            break
        method, target, body = "GET", location, ""
    return status, urlsplit(target).path


async def _ask(app: Any, method: str, target: str, headers: dict[str, str], body: str) -> tuple[int, str | None]:
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body.encode(), "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    answered = dict(sent[0]["headers"])
    return sent[0]["status"], answered[b"location"].decode() if b"location" in answered else None


if __name__ == "__main__":
    asyncio.run(main())
