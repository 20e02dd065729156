"""Our cookies: their names and attributes in one place.

With https they are `__Host-`, `Secure`, `HttpOnly`, `SameSite=Lax`, `Path=/`, without `Domain` (SE-04): no sibling
domain can set or read them. On http://localhost (development) the same names go without prefix and `Secure`.

The one exception is `browser_state`, which exists only with session management: a script of ours reads it in a frame
inside other people's pages. It is worth nothing to anybody.
"""

from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

DEVICE = "device"
SESSION = "session"
LANGUAGE = "lang"
BROWSER_STATE = "browser_state"

_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Cookies:
    """Reads and writes our cookies for an issuer with or without TLS."""

    has_tls: bool

    def read(self, request: Request, name: str) -> str | None:
        return request.cookies.get(self.full_name(name))

    def set(self, response: Response, name: str, value: str, *, max_age: int | None = _YEAR) -> None:
        """`max_age` in seconds; None ends with the browser."""
        response.set_cookie(
            self.full_name(name), value, max_age=max_age, path="/", secure=self.has_tls, httponly=True, samesite="lax"
        )

    def show(self, response: Response, name: str, value: str) -> None:
        """For scripts, and inside frames of other sites, which over plain http no browser offers."""
        samesite: Literal["none", "lax"] = "none" if self.has_tls else "lax"
        response.set_cookie(self.full_name(name), value, path="/", secure=self.has_tls, samesite=samesite)

    def delete(self, response: Response, name: str) -> None:
        response.delete_cookie(self.full_name(name), path="/", secure=self.has_tls, httponly=True, samesite="lax")

    def full_name(self, name: str) -> str:
        return f"__Host-{name}" if self.has_tls else name
