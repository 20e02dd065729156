"""Reads query strings and form bodies (application/x-www-form-urlencoded), strictly.

The standard parsers repair what is broken and keep the last of two; here every doubt is an `invalid_request`, so that
nobody in front of us can read a request differently. The caller bounds the length.
"""

import re
from urllib.parse import unquote_to_bytes

from idp.protocol.errors import ErrorCode, OAuthError

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
    for pair in _clean_text(raw).split("&"):
        if not pair:
            continue
        name, _, value = pair.partition("=")
        if "%" in name or "+" in name:
            name = _decoded(name)
        if not name or len(name) > _MAX_NAME:
            raise _refusal("A parameter has no name, or one that is too long.")
        # RFC 6749 §3.1: parameters must not be included more than once.
        if name in parameters:
            raise _refusal("A parameter is repeated.")
        parameters[name] = _decoded(value) if "%" in value or "+" in value else value
    # RFC 6749 §3.1: a parameter without a value is treated as omitted.
    return {name: value for name, value in parameters.items() if value}


def _decoded(part: str) -> str:
    part = part.replace("+", " ")
    return _clean_text(unquote_to_bytes(part)) if "%" in part else part


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
