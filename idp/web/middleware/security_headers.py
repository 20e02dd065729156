"""The headers that tell a browser what our pages may do and who may hold them.

A response that brings its own value for one of them keeps it (a form_post page needs another CSP, static files
another Cache-Control).
"""

from collections.abc import Iterable, Mapping

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


class SecurityHeaders:
    """Completes the headers of every answer, errors included. Most answers take the lists that are made once."""

    def __init__(self, *, has_tls: bool) -> None:
        common = {**_COMMON, b"strict-transport-security": _HSTS} if has_tls else _COMMON
        self._names = frozenset({*common, b"content-security-policy"})
        self._for_pages = [*common.items(), (b"content-security-policy", PAGE_CSP.encode())]
        self._for_data = [*common.items(), (b"content-security-policy", _DATA_CSP.encode())]

    def completed(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """The answer's own headers, and each of ours that it does not bring itself."""
        present = {name.lower(): value for name, value in headers}
        is_page = present.get(b"content-type", b"").startswith(b"text/html")
        added = self._for_pages if is_page else self._for_data
        if not self._names.isdisjoint(present):
            added = [(name, value) for name, value in added if name not in present and not _contradicts(name, present)]
        # RFC 9700 §4.2.4: pages and redirects may carry codes. What has a validator is a static file.
        if b"cache-control" not in present and (is_page or b"etag" not in present):
            added = [*added, _NO_STORE]
        if not _BANNERS.isdisjoint(present):
            headers = [(name, value) for name, value in headers if name.lower() not in _BANNERS]
        return [*headers, *added]


def _contradicts(name: bytes, present: Mapping[bytes, bytes]) -> bool:
    """X-Frame-Options has no word for "everybody": the one page that may be framed goes without it."""
    return name == b"x-frame-options" and b"frame-ancestors *" in present.get(b"content-security-policy", b"")
