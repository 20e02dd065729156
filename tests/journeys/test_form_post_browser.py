"""`response_mode=form_post` in Chromium: the browser posts the answer to another site, once, and nothing in it runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlencode

import pytest
from playwright.sync_api import Page

from idp.web.listening import bind
from idp.web.plain import Receive, Scope, Send
from tests.journeys.conftest import TWICE, People
from tests.journeys.surroundings import World, serve
from tests.journeys.test_hostile_input_browser import PAYLOADS
from tests.support.responses import ALL_TYPES

_CALLBACK = "/cb"
_DONE = "/done"
# With an icon of its own the browser asks the application for nothing more, which may be gone by then.
_DONE_PAGE = b'<!doctype html><html lang=en><link rel=icon href="data:,"><title>Done</title><h1>Done</h1>'


class Application:
    """Takes posts at its redirect URI, and answers each with a redirect of its own."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.posts: list[dict[str, str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/html"), (b"location", _DONE.encode())]
        is_post = scope["method"] == "POST"
        if is_post:
            body, more = b"", True
            while more:
                message = await receive()
                body, more = body + message.get("body", b""), message.get("more_body", False)
            self.posts.append(dict(parse_qsl(body.decode(), keep_blank_values=True)))
        status = 303 if is_post else 200
        await send({"type": "http.response.start", "status": status, "headers": headers[: 1 + is_post]})
        await send({"type": "http.response.body", "body": _DONE_PAGE})


@contextmanager
def application() -> Iterator[Application]:
    listener = bind("127.0.0.1", 0)
    found = Application(f"http://127.0.0.1:{listener.getsockname()[1]}")
    with serve(found, listener):
        yield found


def register(world: World, app: Application, **metadata: object) -> None:
    world.live.client(
        "poster", redirect_uris=[f"{app.origin}{_CALLBACK}", f"{app.origin}{_CALLBACK}?x=%22%3E"], **metadata
    )


def request(world: World, app: Application, **changes: str) -> str:
    asked = {
        "client_id": "poster",
        "redirect_uri": f"{app.origin}{_CALLBACK}",
        "response_type": "code",
        "response_mode": "form_post",
        "scope": "openid",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
        "state": "s",
        "nonce": "n",
    }
    return f"{world.issuer}/authorize?{urlencode(asked | changes)}"


def arrived(page: Page, app: Application) -> None:
    page.wait_for_url(f"{app.origin}{_DONE}", timeout=15_000)


@TWICE
def test_the_answer_is_posted_from_behind_the_login_and_from_a_running_session(
    world: World, people: People, locale: str, scripts: bool
) -> None:
    """With scripts by itself, without them by a button; also the error of somebody who cancels."""
    person = people(locale=locale, scripts=scripts)
    with application() as app:
        register(world, app, **ALL_TYPES)
        person.goto(request(world, app))
        person.at("/login")
        person.press("cancel")
        _sent(person.page, scripts=scripts)
        arrived(person.page, app)
        assert app.posts[-1]["error"] == "access_denied"
        person.goto(request(world, app, response_type="code id_token token"))
        person.fill(username=world.live.account[0], password=world.live.account[1])
        person.press("login-submit")
        _sent(person.page, scripts=scripts)
        arrived(person.page, app)
        assert app.posts[-1].keys() >= {"code", "id_token", "access_token", "state", "iss"}
        person.goto(request(world, app))
        _sent(person.page, scripts=scripts)
        arrived(person.page, app)
        assert app.posts[-1].keys() == {"code", "state", "iss"}
        assert len(app.posts) == 3


def _sent(page: Page, *, scripts: bool) -> None:
    if not scripts:
        page.wait_for_selector("#form-post")
        page.click("#continue")


def test_back_and_reload_lose_no_code_and_make_no_second_one(world: World, people: People) -> None:
    """Without scripts the page stands still: reloaded, and reached by Back, it has the same code."""
    person = people(scripts=False)
    page = person.page
    with application() as app:
        register(world, app)
        person.goto(request(world, app))
        person.fill(username=world.live.account[0], password=world.live.account[1])
        person.press("login-submit")
        page.wait_for_selector("#form-post")
        shown = page.input_value("[name=code]")
        page.reload()
        assert page.input_value("[name=code]") == shown
        page.click("#continue")
        arrived(page, app)
        page.go_back()
        assert page.input_value("[name=code]") == shown
        assert [post["code"] for post in app.posts] == [shown]


def test_back_leads_over_the_page_that_posts(world: World, people: People) -> None:
    """With scripts it is no step of its own; the login before it repeats the same code, as long as it is unredeemed."""
    person = people()
    with application() as app:
        register(world, app)
        person.goto(request(world, app))
        person.fill(username=world.live.account[0], password=world.live.account[1])
        person.press("login-submit")
        arrived(person.page, app)
        person.page.go_back()
        arrived(person.page, app)
        assert [post["code"] for post in app.posts] == [app.posts[0]["code"]] * 2


@pytest.mark.requirement("AZ-09", "WE-05")
def test_script_in_a_posted_answer_is_text(world: World, people: People) -> None:
    """State, error descriptions and the redirect URI's query: the application gets them as they were, nothing runs."""
    person = people()
    assert len(PAYLOADS) >= 60
    with application() as app:
        register(world, app)
        for payload in PAYLOADS:
            person.goto(request(world, app, prompt="none", state=payload, login_hint=payload, ui_locales=payload))
            arrived(person.page, app)
            assert app.posts[-1]["state"] == payload
            assert app.posts[-1]["error"] == "login_required"
        for payload in PAYLOADS[::6]:
            uri = f"{app.origin}{_CALLBACK}?x=%22%3E"
            person.goto(request(world, app, prompt=payload, state=payload, redirect_uri=uri))
            arrived(person.page, app)
            assert app.posts[-1]["error"] == "invalid_request"
        assert person.page.evaluate("window.hurt") is None
        assert len(app.posts) == len(PAYLOADS) + len(PAYLOADS[::6])
