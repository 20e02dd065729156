"""Redirect URIs: what a client may register, and whether a presented one is registered.

Comparison is of strings, character by character (RFC 9700 §2.1); the one exception is the port of a native client's
loopback address. Nothing is normalised, so that no second parser can be of another opinion.
"""

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

_MAX_LENGTH = 2000
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_DANGEROUS_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source"})
# RFC 3986 §2: what a URI is made of, without "#" and without "*", which somebody might mean as a wildcard.
_URI_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()+,;=%]+")
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})|%(?:[01][0-9A-Fa-f]|7[Ff])")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# RFC 8252 §7.1: a domain name under the owner's control, in reverse.
_PRIVATE_USE_SCHEME = re.compile(r"[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+")
_HOST_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_DOT_SEGMENTS = re.compile(r"/(?:\.|%2[Ee]){1,2}(?:[/;?]|$)")
# RFC 8252 §7.3: scheme, loopback host, any port, and the rest, which must be the registered one.
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\]|localhost)(?::([1-9][0-9]{0,4}))?((?:[/?].*)?)")


def registration_problem(uri: str, application_type: str) -> str | None:
    """Why a client of this type (web, spa, native, service) may not register the URI, or None."""
    if problem := _spelling_problem(uri):
        return problem
    scheme_match = _SCHEME.match(uri)
    if scheme_match is None:
        return "is not an absolute URI"
    scheme = scheme_match[1].lower()
    if scheme in _DANGEROUS_SCHEMES:
        return f"must not use the scheme {scheme}"
    if scheme in {"https", "http"}:
        return _web_problem(uri, scheme)
    if application_type != "native":
        return "must be an https address"
    return _private_use_problem(uri, scheme_match[1])


def is_registered(presented: str, registered: Sequence[str], application_type: str) -> bool:
    """Whether an authorization request may name this URI."""
    if presented in registered:
        return True
    if application_type != "native":
        return False
    wanted = _without_port(presented)
    return wanted is not None and any(_without_port(uri) == wanted for uri in registered)


def _spelling_problem(uri: str) -> str | None:
    if not uri or len(uri) > _MAX_LENGTH:
        return f"must have 1 to {_MAX_LENGTH} characters"
    if "#" in uri:
        return "must not have a fragment"  # RFC 6749 §3.1.2
    if "*" in uri:
        return "must not have a wildcard"
    if not _URI_CHARACTERS.fullmatch(uri) or _BROKEN_PERCENT.search(uri):
        return "contains a character that a URI cannot have"
    return None


def _web_problem(uri: str, scheme: str) -> str | None:
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "has a host or port that cannot exist"
    if not uri[len(scheme) :].startswith("://") or not _is_host(host) or port == 0 or parts.netloc.endswith(":"):
        return "has a host or port that cannot exist"
    if "@" in parts.netloc:
        return "must not have a user name or password"
    if _DOT_SEGMENTS.search(parts.path):
        return "must not have . or .. in its path"
    # RFC 9700 §2.6: http is for the loopback interface alone, where nobody can listen on the way.
    if scheme == "http" and host not in _LOOPBACK_HOSTS:
        return "must be an https address; http is for localhost, 127.0.0.1 and [::1]"
    return None


def _private_use_problem(uri: str, scheme: str) -> str | None:
    if not _PRIVATE_USE_SCHEME.fullmatch(scheme):
        return "must use https or a scheme like com.example.app"
    try:
        parts: SplitResult = urlsplit(uri)
    except ValueError:
        return "has a host that cannot exist"
    if "@" in parts.netloc:
        return "must not have a user name or password"
    if not parts.netloc and not parts.path.startswith("/"):
        return "must continue with a slash after the scheme"
    return None


def _is_host(host: str) -> bool:
    if ":" in host:
        return _is_ip(host)
    labels = host.split(".")
    if len(host) > 253 or not all(_HOST_LABEL.fullmatch(label) for label in labels):
        return False
    # Browsers read 0x7f.1 and 2130706433 as addresses: a host that ends like a number must be a plain one.
    return _is_ip(host) if re.fullmatch(r"[0-9]+|0[xX][0-9A-Fa-f]*", labels[-1]) else True


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _without_port(uri: str) -> tuple[str, str] | None:
    match = _LOOPBACK.fullmatch(uri)
    if match is None or int(match[2] or 1) > 65535:
        return None
    return match[1], match[3]
