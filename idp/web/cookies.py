"""Our cookies: their names and attributes in one place.

With https they are `__Host-`, `Secure`, `HttpOnly`, `SameSite=Lax`, `Path=/`, without `Domain` (SE-04): no sibling
domain can set or read them. On http://localhost (development) the same names go without prefix and `Secure`.

The one exception is `browser_state`, which exists only with session management: a script of ours reads it in a frame
inside other people's pages. It is worth nothing to anybody.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

DEVICE = "device"
SESSION = "session"
LANGUAGE = "lang"
BROWSER_STATE = "browser_state"

_YEAR = 365 * 24 * 3600
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")  # which no cookie needs to quote
_VALUE = "0" * 32


@dataclass(frozen=True, slots=True)
class Cookies:
    """Reads and writes our cookies for an issuer with or without TLS."""

    has_tls: bool

    def read(self, request: Request, name: str) -> str | None:
        return self.find(request.cookies, name)

    def find(self, sent: Mapping[str, str], name: str) -> str | None:
        """Among the cookies of a request, by their full names."""
        return sent.get(self.full_name(name))

    def set(self, response: Response, name: str, value: str, *, max_age: int | None = _YEAR) -> None:
        """`max_age` in seconds; None ends with the browser."""
        full_name = self.full_name(name)
        if _PLAIN.fullmatch(value):
            line = _start_and_end(full_name, max_age, self.has_tls)
            response.raw_headers.append((b"set-cookie", value.encode("ascii").join(line)))
        else:
            _set(response, full_name, value, max_age=max_age, secure=self.has_tls)

    def show(self, response: Response, name: str, value: str) -> None:
        """For scripts, and inside frames of other sites, which over plain http no browser offers."""
        samesite: Literal["none", "lax"] = "none" if self.has_tls else "lax"
        response.set_cookie(self.full_name(name), value, path="/", secure=self.has_tls, samesite=samesite)

    def delete(self, response: Response, name: str) -> None:
        response.delete_cookie(self.full_name(name), path="/", secure=self.has_tls, httponly=True, samesite="lax")

    def full_name(self, name: str) -> str:
        return f"__Host-{name}" if self.has_tls else name


def _set(response: Response, full_name: str, value: str, *, max_age: int | None, secure: bool) -> None:
    response.set_cookie(full_name, value, max_age=max_age, path="/", secure=secure, httponly=True, samesite="lax")


@lru_cache(maxsize=64)
def _start_and_end(full_name: str, max_age: int | None, secure: bool) -> tuple[bytes, bytes]:
    """What stands before and after the value. Starlette takes 10 µs or more for a line, most of them for these."""
    response = Response()
    _set(response, full_name, _VALUE, max_age=max_age, secure=secure)
    start, _, end = response.headers["set-cookie"].encode("latin-1").partition(_VALUE.encode("ascii"))
    return start, end
