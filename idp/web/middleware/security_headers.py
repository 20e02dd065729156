"""The headers that tell a browser what our pages may do and who may hold them.

A response that brings its own value for one of them keeps it (a form_post page needs another CSP, static files
another Cache-Control).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

_TRUSTED_TYPES = "; require-trusted-types-for 'script'; trusted-types 'none'"


def page_csp(
    *,
    trusted_types: bool = True,
    script: str = "",
    style: str = "",
    frame: str = "",
    connect: str = "",
    form: str = "'self'",
) -> str:
    """What a page of ours may load. `script` to `connect` are lists of other origins, with spaces between.

    `form` is where its forms may go, and whatever answers them with a redirect.

    `trusted_types` False is for a page with somebody else's script, which writes HTML under a policy of its own.
    """
    policy = (
        f"default-src 'none'; script-src {_origins(script)}; style-src {_origins(style)}; img-src 'self' data:; "
        f"font-src 'self'; connect-src {_origins(connect)}; worker-src 'self'; form-action {form}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    return policy + (f"; frame-src {frame}" if frame else "") + (_TRUSTED_TYPES if trusted_types else "")


def _origins(more: str) -> str:
    return f"'self' {more}".rstrip()


PAGE_CSP = page_csp()
_DATA_CSP = "default-src 'none'; frame-ancestors 'none'"
_UNUSED_FEATURES = (
    "accelerometer autoplay camera display-capture encrypted-media fullscreen geolocation gyroscope hid "
    "magnetometer microphone midi payment picture-in-picture screen-wake-lock serial usb xr-spatial-tracking"
)
_COMMON = {
    b"x-content-type-options": b"nosniff",
    # Under no-referrer Chromium sends `Origin: null` with our own forms, and the CSRF check needs the origin.
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": ", ".join(f"{feature}=()" for feature in _UNUSED_FEATURES.split()).encode(),
    b"x-frame-options": b"DENY",
}
_HSTS = b"max-age=63072000; includeSubDomains"  # two years


_NO_STORE = (b"cache-control", b"no-store")
_BANNERS = frozenset({b"server", b"x-powered-by"})  # a version helps only those who look for known holes


Header = tuple[bytes, bytes]


class Added(NamedTuple):
    """Headers that an answer lacks, and the same as lines."""

    headers: tuple[Header, ...]
    lines: bytes


class SecurityHeaders:
    """Completes the headers of every answer, errors included. Most answers take what is made once."""

    def __init__(self, *, has_tls: bool) -> None:
        common = {**_COMMON, b"strict-transport-security": _HSTS} if has_tls else _COMMON
        self._names = frozenset({*common, b"content-security-policy"})
        for_pages = [*common.items(), (b"content-security-policy", PAGE_CSP.encode())]
        for_data = [*common.items(), (b"content-security-policy", _DATA_CSP.encode())]
        # By what the answer is, and whether it says itself how long it may be kept.
        self._added = {
            (True, True): _with_lines(for_pages),
            (True, False): _with_lines([*for_pages, _NO_STORE]),
            (False, True): _with_lines(for_data),
            (False, False): _with_lines([*for_data, _NO_STORE]),
        }

    def completed(self, headers: Iterable[Header]) -> tuple[list[Header], Added]:
        """The answer's own headers, and each of ours that it does not bring itself."""
        own = list(headers)
        present = {name.lower(): value for name, value in own}
        is_page = present.get(b"content-type", b"").startswith(b"text/html")
        # RFC 9700 §4.2.4: pages and redirects may carry codes. What has a validator is a static file.
        may_be_kept = b"cache-control" in present or (not is_page and b"etag" in present)
        added = self._added[is_page, may_be_kept]
        if not self._names.isdisjoint(present):
            missing = [header for header in added.headers if header[0] not in present]
            added = _with_lines([header for header in missing if not _contradicts(header[0], present)])
        if not _BANNERS.isdisjoint(present):
            own = [(name, value) for name, value in own if name.lower() not in _BANNERS]
        return own, added


def _with_lines(headers: Sequence[Header]) -> Added:
    return Added(tuple(headers), b"".join([b"%b: %b\r\n" % header for header in headers]))


def _contradicts(name: bytes, present: Mapping[bytes, bytes]) -> bool:
    """X-Frame-Options has no word for "everybody": the one page that may be framed goes without it."""
    return name == b"x-frame-options" and b"frame-ancestors *" in present.get(b"content-security-policy", b"")
