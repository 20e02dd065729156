"""The gallery on a loopback port, under the headers of the real service, and a Chromium to look at it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from idp.localization import Localization
from idp.web.middleware.security_headers import SecurityHeaders
from idp.web.pages import STATIC, Pages
from idp.web.plain import ASGIApp, Message, Receive, Scope, Send
from tests.web.gallery import GALLERY, SETTINGS, render
from tests.web.gallery_state import State

STATES = {state.name: state for state in GALLERY}


@dataclass
class PageServer:
    """Where the gallery is served, and what its forms were sent."""

    origin: str = ""
    sent: list[dict[str, str]] = field(default_factory=list)

    def url(self, state: State, locale: str) -> str:
        """The address of one picture."""
        return f"{self.origin}/state/{state.name}/{locale}"


def _with_our_headers(app: ASGIApp) -> ASGIApp:
    """As the edge completes every answer."""
    ours = SecurityHeaders(has_tls=False)

    async def secured(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                own, added = ours.completed(message["headers"])
                message["headers"] = [*own, *added.headers]
            await send(message)

        await app(scope, receive, send_secured)

    return secured


@contextmanager
def serve_gallery() -> Iterator[PageServer]:
    """Serve until the block ends."""
    pages = Pages(SETTINGS, Localization())
    place = PageServer()

    async def show(request: Request) -> Response:
        state = STATES[request.path_params["name"]]
        # A page with a CAPTCHA brings its own policy, as it does in the real service.
        captcha = state.context.get("captcha")
        headers = {"Content-Security-Policy": captcha["csp"]} if captcha else None
        return HTMLResponse(render(pages, state, request.path_params["locale"]), state.status, headers)

    async def take(request: Request) -> Response:
        if request.method == "GET":
            return Response(status_code=204)
        form = await request.form()
        place.sent.append({name: str(value) for name, value in form.items()})
        # A page that stays: the browser remains where it is, as it does while a real answer is on its way.
        return Response(status_code=204) if "stay" in request.query_params else RedirectResponse("/state/help/en", 303)

    app = Starlette(
        routes=[
            Route("/state/{name}/{locale}", show),
            # A page that goes on by itself holds still for its picture.
            Route("/static/form_post.js", lambda _: Response(media_type="text/javascript")),
            Mount("/static", StaticFiles(directory=STATIC)),
            Route("/{rest:path}", take, methods=["GET", "POST"]),
        ]
    )
    config = uvicorn.Config(
        _with_our_headers(app),
        host="127.0.0.1",
        port=0,
        log_level="warning",
        lifespan="off",
        ws="none",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    place.origin = f"http://{host}:{port}"
    try:
        yield place
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def open_chromium(executable: Path) -> Iterator[Browser]:
    """One browser for many pages."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()
