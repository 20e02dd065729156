"""Renders the portal's pages in the person's language, and the headers that every answer carries."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from examples.portal.configuration import Configuration
from examples.portal.texts import TEXTS, choose_locale

_TEMPLATES = Path(__file__).with_name("templates")

# The referrer stays inside the portal: an authorization code in an address is nobody else's business.
SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
}


class SecurityHeaders:
    """Sets `SECURITY_HEADERS` on every answer; pages with a person's data are never stored."""

    def __init__(self, app: ASGIApp, *, has_tls: bool) -> None:
        self._app = app
        self._headers = SECURITY_HEADERS | ({"strict-transport-security": "max-age=31536000"} if has_tls else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
                if not scope["path"].startswith("/static/"):
                    headers["cache-control"] = "no-store"
            await send(message)

        await self._app(scope, receive, send_with_headers)


class Pages:
    """The templates, with the sentences of the request's language."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._environment.filters["moment"] = _moment
        # `tojson` still escapes < > & and '; letters stay letters, and members keep the order they came in.
        self._environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}

    def locale(self, request: Request) -> str:
        """`?lang=` → cookie → Accept-Language → English."""
        return choose_locale(
            request.query_params.get("lang"), request.cookies.get("lang"), request.headers.get("accept-language")
        )

    def html(self, request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:  # noqa: ANN401
        """A page; the context holds what its template names."""
        locale = self.locale(request)
        brand = self._configuration.brand
        host = urlsplit(self._configuration.url).hostname

        def text(key: str, **values: str) -> str:
            return TEXTS[locale][key].format(brand=brand, host=host, **values)

        html = self._environment.get_template(template).render(
            text=text,
            locale=locale,
            other_locale="en" if locale == "cs" else "cs",
            brand=brand,
            sign_in_text=self._configuration.sign_in_button or text("sign_in"),
            person=request.session.get("person"),
            name_of=_name_of,
            **context,
        )
        response = HTMLResponse(html, status_code=status)
        if request.query_params.get("lang") in TEXTS:
            response.set_cookie("lang", locale, max_age=31_536_000, httponly=True, samesite="lax")
        return response


def see_other(address: str) -> RedirectResponse:
    """303: whatever the method was, the browser continues with a GET."""
    return RedirectResponse(address, status_code=303)


def _name_of(person: Mapping[str, str]) -> str:
    """A name where the person has one; a client never shows a subject where it can avoid it."""
    return person.get("name") or person.get("email") or person["sub"]


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
