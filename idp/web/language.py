"""`?lang=cs` on any page: a 303 to the same address without it, and a cookie that remembers the choice."""

from starlette.requests import Request
from starlette.responses import RedirectResponse

from idp.localization import Localization
from idp.web.cookies import LANGUAGE, Cookies
from idp.web.plain import ASGIApp, Receive, Scope, Send

_PROTOCOL_PATHS = {"/authorize", "/logout"}  # their parameters belong to the client, but for the links of our own page
_PARAMETER = "lang="


class LanguageSwitch:
    """Middleware in front of the pages."""

    def __init__(self, app: ASGIApp, *, localization: Localization, cookies: Cookies) -> None:
        self._app = app
        self._localization = localization
        self._cookies = cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or b"lang=" not in scope["query_string"]:
            return await self._app(scope, receive, send)
        request = Request(scope)
        # Split as text: every other parameter arrives exactly as it was sent, broken ones included.
        parts = request.url.query.split("&")
        wanted = [part.removeprefix(_PARAMETER) for part in parts if part.startswith(_PARAMETER)]
        if not wanted or not _is_ours(request) or wanted[0] not in self._localization.available:
            return await self._app(scope, receive, send)
        rest = "&".join(part for part in parts if not part.startswith(_PARAMETER))
        response = RedirectResponse(request.url.path + (f"?{rest}" if rest else ""), status_code=303)
        self._cookies.set(response, LANGUAGE, wanted[0])
        return await response(scope, receive, send)


def _is_ours(request: Request) -> bool:
    # SO-24: a path of two slashes would name another host once it stands alone in Location.
    if request.url.path.startswith(("//", "/\\")):
        return False
    came_from = request.headers.get("sec-fetch-site", "same-origin")
    return request.url.path not in _PROTOCOL_PATHS or came_from == "same-origin"
