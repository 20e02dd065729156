"""Requests whose path is found in a table are answered as the framework alone would answer them."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI

import idp.app
from idp.app import build_app
from idp.web.plain import ASGIApp
from tests.support.asgi import Answer, call, http_scope
from tests.support.provider import Provider
from tests.support.routes import routes_of

FORM = ("content-type", "application/x-www-form-urlencoded")


@pytest.fixture
def framework(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The same application, with every path searched by FastAPI."""

    def searched(application: ASGIApp, **_: object) -> ASGIApp:
        return application

    monkeypatch.setattr(idp.app, "fixed_paths_first", searched)
    return build_app(provider.wiring, background=False)


def _requests(app: FastAPI) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Every page's address without a parameter, with every method, bodies of two types, and a change of language."""
    included = [route for route in app.routes if hasattr(route, "original_router")]
    for path in sorted({path for path, _ in routes_of(included) if "{" not in path}):
        for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS"):
            yield method, path, [FORM]
        yield "POST", path, [("content-type", "application/json")]
        yield "GET", f"{path}?lang=cs", []


def _shape(answer: Answer) -> tuple[object, ...]:
    """What of an answer is the same each time: all but ids, seals and times."""
    title = re.search(r"<title>(.*?)</title>", answer.text, re.DOTALL)
    location = (answer.header("location") or "").partition("?")[0]
    return answer.status, sorted(name for name, _ in answer.headers), location, title and title[1]


async def test_the_table_and_the_framework_answer_alike(provider: Provider, framework: FastAPI) -> None:
    """Status, headers, title and target are the same for every fixed path, for refusals too."""
    asked = 0
    for method, target, own in _requests(provider.app):
        headers = [("host", "localhost:8000"), *own]
        found = await call(provider.app, http_scope(method, target, headers))
        searched = await call(framework, http_scope(method, target, headers))
        assert _shape(found) == _shape(searched), f"{method} {target}"
        asked += 1
    assert asked > 400


async def test_paths_with_parameters_go_through_the_framework(provider: Provider, framework: FastAPI) -> None:
    """A page that does not exist, a static file and a path with a parameter are answered as ever."""
    for target in ("/nothing", "/static/app.css", "/desk/requests/1", "/clients/nobody/logo", "/login/"):
        scopes = [http_scope("GET", target, [("host", "localhost:8000")]) for _ in range(2)]
        found, searched = await call(provider.app, scopes[0]), await call(framework, scopes[1])
        assert _shape(found) == _shape(searched), target
