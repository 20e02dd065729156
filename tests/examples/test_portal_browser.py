"""The portal's pages in Chromium: accessible and whole in both themes and at both widths, under the real headers."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx2
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Page

from examples.api.app import build_app as build_api
from examples.api.configuration import Configuration as ApiConfiguration
from examples.api.provider import Provider
from examples.portal.app import build_app as build_portal
from examples.portal.clock import now
from examples.portal.configuration import Configuration
from tests.examples.scripted_provider import ISSUER, LocalHosts, ScriptedProvider
from tests.web.page_server import open_chromium

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (1280, 320)


@dataclass
class Portal:
    """Where it is served, and the provider behind it."""

    origin: str
    provider: ScriptedProvider

    def sign_in(self, page: Page) -> None:
        """Signs the browser in without visiting the provider, which serves no pages."""
        begun = page.request.get(f"{self.origin}/login", max_redirects=0)
        page.request.get(self.origin + self.provider.answer_to(begun.headers["location"]), max_redirects=0)

    def deny(self, page: Page) -> None:
        """Comes back from the provider without permission."""
        begun = page.request.get(f"{self.origin}/login", max_redirects=0)
        state = self.provider.asked(begun.headers["location"])["state"]
        answer = f"/callback?error=access_denied&error_description=Denied&state={state}&iss={ISSUER}"
        page.request.get(self.origin + answer, max_redirects=0)


@contextmanager
def serve(app: FastAPI, listener: socket.socket) -> Iterator[None]:
    """Serves until the block ends."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    """The portal on a loopback port."""
    provider = ScriptedProvider(now)
    asked = Provider(ApiConfiguration(client_secret="s"), transport=LocalHosts(port_8000=provider.app))
    api = build_api(ApiConfiguration(client_secret="s"), now=now, provider=asked)
    listener = uvicorn.Config(FastAPI(), host="127.0.0.1", port=0, log_level="error").bind_socket()
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    hosts: httpx2.AsyncBaseTransport = LocalHosts(port_8000=provider.app, port_8090=api)
    app = build_portal(Configuration(url=origin, client_secret="s", partner_client_secret="s"), transport=hosts)
    with serve(app, listener):
        yield Portal(origin, provider)


@pytest.fixture(scope="module")
def page(chromium_path: Path) -> Iterator[Page]:
    """One page without scripts of its own, whose console must stay silent: a violated policy shows up there."""
    complaints: list[str] = []
    with open_chromium(chromium_path) as browser:
        page = browser.new_page(reduced_motion="reduce", locale="en-GB")
        page.on("console", lambda message: complaints.append(message.text))
        yield page
    assert [text for text in complaints if "the server responded with a status of" not in text] == []


def check(page: Page) -> None:
    """No axe violation and no sideways scrolling, light and dark, wide and narrow."""
    for opened in page.locator("details").all():
        opened.evaluate("element => element.open = true")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
            assert [(each["id"], node["html"]) for each in found for node in each["nodes"]] == [], (width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("locale", ["en", "cs"])
@pytest.mark.parametrize("path", ["/", "/partner", "/nothing-here"])
def test_public_pages_are_accessible(page: Page, portal: Portal, path: str, locale: str) -> None:
    """What people see before they sign in."""
    page.context.clear_cookies()
    page.goto(f"{portal.origin}{path}?lang={locale}")
    assert page.get_attribute("html", "lang") == locale
    check(page)


@pytest.mark.parametrize("path", ["/dashboard", "/api-call", "/protected?stepped=1"])
def test_pages_of_a_person_are_accessible(page: Page, portal: Portal, path: str) -> None:
    """What people see when they are signed in, with everything unfolded."""
    page.context.clear_cookies()
    portal.sign_in(page)
    page.goto(portal.origin + path)
    check(page)


def test_refusals_are_accessible(page: Page, portal: Portal) -> None:
    """What people see when the provider said no."""
    page.context.clear_cookies()
    portal.deny(page)
    page.goto(f"{portal.origin}/problem")
    assert page.inner_text("#problem-sentence") == "You did not allow access."
    check(page)


def test_buttons_work_under_the_policy(page: Page, portal: Portal) -> None:
    """The forms of the dashboard are sent in spite of form-action and the check of their origin."""
    page.context.clear_cookies()
    portal.sign_in(page)
    page.goto(f"{portal.origin}/dashboard")
    page.click("#refresh")
    assert page.inner_text("#refreshed") == "The token was refreshed."
    # The provider serves no pages here: the way out is seen by the request that leaves.
    with page.expect_request(lambda request: request.url.startswith(f"{ISSUER}/logout")) as leaving:
        page.click("#sign-out", no_wait_after=True)
    assert "id_token_hint=" in leaving.value.url
