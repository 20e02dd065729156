"""Makes a value fit for the log: no control characters, bounded, and nothing that looks like a secret."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

Detail = str | int | bool | None

_REMOVED = "[removed]"
_MAX_DETAILS = 20
_MAX_LIST = 50
_DETAIL_LENGTH = 300

# Callers have no reason to pass these; should one slip in, the log is the wrong place for it.
_SECRET_NAMES = frozenset(
    {"access_token", "authorization", "client_secret", "code", "code_verifier", "cookie", "id_token", "id_token_hint"}
    | {"link", "link_token", "new_password", "otp", "otp_key", "password", "private_key", "refresh_token", "secret"}
    | {"shared_key", "token"}
)

# Tokens, handles and generated secrets are long runs of the URL alphabet; OTP keys are long runs of base32.
# An id (22 characters) is neither.
_LOOKS_SECRET = re.compile(r"[A-Za-z0-9_-]{40,}|\b[A-Z2-7]{26,}\b|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

# Controls forge lines, formats (bidi, zero width) forge their order, surrogates cannot be stored, separators end lines.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def clean_text(text: str | None, length: int) -> str | None:
    """The text with each unsafe character shown as U+FFFD, cut to `length` characters."""
    if text is None:
        return None
    text = text[:length]
    if text.isascii() and text.isprintable():  # nearly every one: 0.2 µs, where a look at each character takes 8
        return text
    return "".join("\ufffd" if unicodedata.category(char) in _UNSAFE_CATEGORIES else char for char in text)


def clean_details(details: Mapping[str, Detail | Sequence[str]]) -> dict[str, Detail | list[str]]:
    """A bounded copy of `details` that can be stored as JSON."""
    return {
        clean_text(name, 64) or "": _REMOVED if name.lower() in _SECRET_NAMES else _clean_detail(value)
        for name, value in list(details.items())[:_MAX_DETAILS]
    }


def _clean_detail(value: Detail | Sequence[str]) -> Detail | list[str]:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _clean_value(value)
    return [_clean_value(item) for item in list(value)[:_MAX_LIST]]


def _clean_value(value: str) -> str:
    # The secret is looked for in a longer piece than is kept, so that a cut cannot hide its rest.
    return clean_text(_LOOKS_SECRET.sub(_REMOVED, str(value)[: 4 * _DETAIL_LENGTH]), _DETAIL_LENGTH) or ""
