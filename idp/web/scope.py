"""One request for a page: the browser it came from, who is signed in, one `now`, and the answer's cookies."""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.audit.record import Origin
from idp.devices.device import device_id_of, new_device_secret
from idp.protocol.user_agent_binding import UserAgent, read_user_agent
from idp.web.browser_headers import BrowserHeaders, read_browser_headers
from idp.web.browser_sessions import BrowserSessions
from idp.web.browser_state import browser_state
from idp.web.cookies import BROWSER_STATE, DEVICE, LANGUAGE, SESSION, Cookies
from idp.web.csrf import csrf_token, is_own_form
from idp.web.error_status import status_of
from idp.web.pages import PageError, Pages
from idp.web.plain import request_id_of
from idp.web.responses import SeeOther
from idp.wiring import Wiring

_DEVICE_CHARACTERS = 43
_PLAIN_PATH = re.compile(r"[A-Za-z0-9._~/-]+")
_PLAIN_QUERY = re.compile(r"[A-Za-z0-9._~%&=+-]*")


@dataclass(slots=True)
class PageScope:
    """What a page's route works with. Build it with `open_scope`."""

    request: Request
    headers: BrowserHeaders
    cookies: Cookies
    wiring: Wiring
    pages: Pages
    origin: Origin
    agent: UserAgent | None
    device_secret: str
    device_is_new: bool
    sessions: BrowserSessions

    @property
    def now(self) -> int:
        return self.origin.now

    @property
    def device_id(self) -> str:
        return self.origin.device_id or device_id_of(self.device_secret)

    @property
    def csrf(self) -> str:
        return csrf_token(self.wiring.master_keys, self.device_id)

    def is_own_form(self, token: str) -> bool:
        return is_own_form(
            self.request,
            keys=self.wiring.master_keys,
            issuer=self.wiring.settings.issuer,
            token=token,
            device_id=self.device_id,
        )

    def locale(self, ui_locales: tuple[str, ...] = ()) -> str:
        """The person's choice, the account's, the application's wish, the browser's, the installation's."""
        current = self.sessions.current
        return self.wiring.localization.negotiate(
            self.cookies.find(self.headers.cookies, LANGUAGE),
            current.account.locale if current else None,
            " ".join(ui_locales),
            self.headers.accept_language,
        )

    def page(self, template: str, *, locale: str | None = None, status: int | None = None, **context: Any) -> Response:  # noqa: ANN401 - a template's variables
        """Without a `status` of its own the page has that of its `errors`."""
        template, context = _or_waiting(template, context, self.now)
        if status is None:
            status, headers = status_of(context.get("errors", ()))
            context["headers"] = {**headers, **(context.get("headers") or {})}
        common = {"csrf": self.csrf, "path": address_of(self.request), "request_id": request_id_of(self.request.scope)}
        response = self.pages.html(template, locale=locale or self.locale(), status=status, **(common | context))
        return self.finish(response)

    def prepared_page(
        self,
        template: str,
        *,
        locale: str,
        key: Hashable,
        made_of: object,
        own: Mapping[str, str],
        context: Callable[[Mapping[str, str]], Mapping[str, Any]],
    ) -> Response:
        """A page that most visitors see alike (see `Pages.prepared`), with the status 200; the token is theirs, too."""
        own = {**own, "csrf": self.csrf}
        page = self.pages.prepared(template, locale=locale, key=key, made_of=made_of, own=own, context=context)
        return self.finish(page)

    def redirect(self, url: str) -> Response:
        """303: whatever it was, the browser now GETs (AZ-11)."""
        return self.finish(SeeOther(url))

    def finish(self, response: Response) -> Response:
        """Sets the cookies that this request has changed."""
        cookies, sessions = self.cookies, self.sessions
        # A POST from another site comes without our cookies (Lax); its answer must not replace those there are.
        if self.device_is_new and self.request.method != "POST":
            cookies.set(response, DEVICE, self.device_secret)
        if sessions.cookie_changed and sessions.entries:
            max_age = sessions.cookie_max_age(self.wiring.settings)
            cookies.set(response, SESSION, ".".join(sessions.secrets), max_age=max_age)
        elif sessions.cookie_changed:
            cookies.delete(response, SESSION)
        # Without our Lax cookies (a frame, another site's form) nobody knows who is signed in: nothing is said then.
        if self.wiring.settings.session_management and not self.device_is_new:
            self._show_browser_state(response)
        return response

    def _show_browser_state(self, response: Response) -> None:
        state = browser_state(self.wiring.master_keys, (entry.session for entry in self.sessions.entries))
        if self.cookies.find(self.headers.cookies, BROWSER_STATE) != state:
            self.cookies.show(response, BROWSER_STATE, state)


def address_of(request: Request) -> str:
    """Path and query as `request.url` has them. To take a whole URL together and apart costs 25 µs of a page."""
    path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
    if not _PLAIN_PATH.fullmatch(path) or not _PLAIN_QUERY.fullmatch(query):
        path, query = request.url.path, request.url.query
    return f"{path}?{query}" if query else str(path)


def _or_waiting(template: str, context: dict[str, Any], now: int) -> tuple[str, dict[str, Any]]:
    """A form that came too early for a person without JavaScript: a page that waits, and then the form again."""
    errors: Sequence[PageError] = context.get("errors", ())
    wait = next((error for error in errors if error.message == "captcha.wait"), None)
    if wait is None:
        return template, context
    seconds = int(wait.values.get("until", 0)) - now
    if seconds > 0:
        return "captcha_wait.html", {"app": context.get("app"), "seconds": seconds}
    others = tuple(error for error in errors if error is not wait)
    return template, context | {"errors": others, "notice": context.get("notice") or "captcha_ready"}


async def open_scope(request: Request) -> PageScope:
    """Reads the cookies and the sessions behind them. A session of another browser ends here and now (F8)."""
    state, scope = request.app.state, request.scope
    wiring: Wiring = state.wiring
    cookies, headers = Cookies(wiring.settings.has_tls), read_browser_headers(scope["headers"])
    device_secret = cookies.find(headers.cookies, DEVICE) or ""
    device_is_new = len(device_secret) != _DEVICE_CHARACTERS or not device_secret.isascii()
    if device_is_new:
        device_secret = new_device_secret()
    agent = read_user_agent(headers.user_agent)
    origin = Origin(
        address=client[0] if (client := scope.get("client")) else None,
        user_agent=agent.raw if agent else None,
        device_id=device_id_of(device_secret),
        request_id=request_id_of(scope),
        actor="anonymous",
        now=wiring.clock.now(),
    )
    session_cookie = cookies.find(headers.cookies, SESSION)
    sessions = (
        await BrowserSessions.load(session_cookie, wiring=wiring, agent=agent, origin=origin)
        if session_cookie
        else None
    )
    return PageScope(
        request,
        headers,
        cookies,
        wiring,
        state.pages,
        origin,
        agent,
        device_secret,
        device_is_new,
        sessions or BrowserSessions(),
    )
