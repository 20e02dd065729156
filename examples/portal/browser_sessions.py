"""Sessions kept on the server, in memory; the browser holds a random id and nothing else.

Starlette's own SessionMiddleware puts the whole session into the cookie: three tokens do not fit into its 4 kB, and a
refresh token has no business in a browser. This store is one process's memory: an installation with several
processes keeps the same dictionary in its database or in Valkey.
"""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BrowserSession(dict[str, Any]):
    """What the portal knows about one browser. `renew` gives it a new id with the next answer."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = asyncio.Lock()
        self.must_renew = False

    def renew(self) -> None:
        """To be called at every sign-in: an id that somebody planted before is then worth nothing."""
        self.must_renew = True


class SessionStore:
    """At most `capacity` sessions, the one unused for longest leaving first; `lifetime` is in seconds of idleness."""

    def __init__(self, now: Callable[[], int], *, lifetime: int = 12 * 3600, capacity: int = 10_000) -> None:
        self._now = now
        self._lifetime = lifetime
        self._capacity = capacity
        self._sessions: OrderedDict[str, tuple[int, BrowserSession]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._sessions)

    def find(self, session_id: str) -> BrowserSession | None:
        """The live session of this id, which counts as used now."""
        entry = self._sessions.get(session_id)
        if entry is None:
            return None
        used_at, session = entry
        if used_at + self._lifetime <= self._now():
            del self._sessions[session_id]
            return None
        self._sessions[session_id] = (self._now(), session)
        self._sessions.move_to_end(session_id)
        return session

    def list(self) -> list[BrowserSession]:
        """Every session there is; looking at one is no use of it."""
        return [session for _, session in self._sessions.values()]

    def insert(self, session: BrowserSession) -> str:
        """Keeps the session under a new id and returns the id."""
        session_id = secrets.token_urlsafe(32)
        self._sessions[session_id] = (self._now(), session)
        while len(self._sessions) > self._capacity:
            self._sessions.popitem(last=False)
        return session_id

    def delete(self, session_id: str) -> None:
        """Forgets the session; an unknown id is no error."""
        self._sessions.pop(session_id, None)


class SessionMiddleware:
    """Puts the browser's session into `request.session`, where Authlib's Starlette client looks for it."""

    def __init__(self, app: ASGIApp, store: SessionStore, *, has_tls: bool) -> None:
        self._app = app
        self._store = store
        self._cookie_name = "__Host-portal" if has_tls else "portal"
        # Lax: the provider's redirect back to /callback is a top-level GET and must carry the cookie.
        self._attributes = "; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if has_tls else "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        session_id = self._session_id(Headers(scope=scope))
        found = self._store.find(session_id) if session_id else None
        session = BrowserSession() if found is None else found
        scope["session"] = session
        scope["had_session_cookie"] = bool(session_id)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookie = self._cookie(session_id if found is not None else "", session)
                if cookie:
                    MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, send_with_cookie)

    def _session_id(self, headers: Headers) -> str:
        try:
            morsel = SimpleCookie(headers.get("cookie", "")).get(self._cookie_name)
        except CookieError:
            return ""
        return morsel.value if morsel else ""

    def _cookie(self, session_id: str, session: BrowserSession) -> str:
        """The Set-Cookie header of this answer, or nothing where the browser already has the right cookie."""
        if not session:
            self._store.delete(session_id)
            return f"{self._cookie_name}=; Max-Age=0{self._attributes}" if session_id else ""
        if session_id and not session.must_renew:
            return ""
        session.must_renew = False
        self._store.delete(session_id)
        return f"{self._cookie_name}={self._store.insert(session)}{self._attributes}"
