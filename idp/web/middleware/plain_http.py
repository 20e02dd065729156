"""What came without TLS, as a proxy says that we trust: a person is led to https, a program is refused (WE-23).

A program that followed a redirect would go on sending its secret in the clear, and nobody would notice.
"""

from urllib.parse import quote, quote_from_bytes

from idp.web.middleware.problems import accepts_html
from idp.web.plain import PlainResponse, Scope

_READING = frozenset({"GET", "HEAD"})
_OF_PROGRAMS = b"authorization"  # browsers send us none
_IN_PATH, _IN_QUERY = "/:@!$&'()*+,;=~", "/?:@!$&'()*+,;=~%"


def moved(scope: Scope, issuer: str) -> PlainResponse | None:
    """The way to the same page over https (RFC 9110 §15.4.9); None for what no browser opens."""
    is_of_program = any(name == _OF_PROGRAMS for name, _ in scope["headers"])
    if scope["method"] not in _READING or is_of_program or not accepts_html(scope):
        return None
    query = quote_from_bytes(scope["query_string"], safe=_IN_QUERY)
    address = issuer + quote(scope["path"], safe=_IN_PATH) + (f"?{query}" if query else "")
    return PlainResponse(308, b"", {"location": address})
