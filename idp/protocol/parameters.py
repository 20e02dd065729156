"""Reads query strings and form bodies (application/x-www-form-urlencoded), strictly.

The standard parsers repair what is broken and keep the last of two; here every doubt is an `invalid_request`, so that
nobody in front of us can read a request differently. The caller bounds the length.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from idp.protocol.errors import ErrorCode, OAuthError

# RFC 8707 §2, RFC 8693 §2.1: several values of one parameter. They are URIs and names, which contain no space, so that
# they are handed on as one text with a space between them, as scopes are.
REPEATABLE = frozenset({"resource", "audience"})

# What many requests say in the same words, and what is no secret. With a User-Agent it is 4 µs of a token request.
_SAME_AGAIN = frozenset({"user_agent", "redirect_uri", "scope"})
_LONGEST_KEPT = 1024  # so that what is kept is a megabyte at most

_MAX_PARAMETERS = 64
_MAX_NAME = 64
_BROKEN_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def parse_parameters(raw: bytes) -> dict[str, str]:
    """The parameters by name; one with an empty value counts as left out. Raises `OAuthError` (invalid_request)."""
    if raw.count(b"&") >= _MAX_PARAMETERS:
        raise _refusal("Too many parameters.")
    if b"%" in raw and _BROKEN_PERCENT.search(raw):
        raise _refusal("The percent-encoding is broken.")
    parameters: dict[str, str] = {}
    for name, value in _pairs(_clean_text(raw)):
        if name not in parameters:
            parameters[name] = value
        elif name in REPEATABLE:
            parameters[name] = f"{parameters[name]} {value}".strip()
        else:
            # RFC 6749 §3.1: parameters must not be included more than once.
            raise _refusal("A parameter is repeated.")
    # RFC 6749 §3.1: a parameter without a value is treated as omitted.
    return {name: value for name, value in parameters.items() if value}


def is_clean(text: str) -> bool:
    """Whether the text could have come in a query: Unicode without control characters."""
    if text.isprintable():
        return True
    return _CONTROL.search(text) is None and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for pair in text.split("&"):
        if not pair:
            continue
        name, _, value = pair.partition("=")
        if "%" in name or "+" in name:
            name = _decoded(name)
        if not name or len(name) > _MAX_NAME:
            raise _refusal("A parameter has no name, or one that is too long.")
        if "%" in value or "+" in value:
            is_kept = name in _SAME_AGAIN and len(value) <= _LONGEST_KEPT
            value = _decoded_again(value) if is_kept else _decoded(value)
        yield name, value


def _decoded(part: str) -> str:
    part = part.replace("+", " ")
    return _clean_text(unquote_to_bytes(part)) if "%" in part else part


@lru_cache(maxsize=512)
def _decoded_again(part: str) -> str:
    return _decoded(part)


def _clean_text(encoded: bytes) -> str:
    try:
        text = encoded.decode()
    except UnicodeDecodeError:
        raise _refusal("The parameters are not UTF-8.") from None
    if not text.isprintable() and _CONTROL.search(text):
        raise _refusal("A parameter contains a control character.")
    return text


def _refusal(description: str) -> OAuthError:
    return OAuthError(ErrorCode.INVALID_REQUEST, description)
