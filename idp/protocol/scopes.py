"""Scope values: how they are spelled, and which claims the standard ones stand for."""

import re
from collections.abc import Iterable, Mapping

from idp.protocol.errors import ErrorCode, OAuthError

_MAX_LENGTH = 2048
_MAX_VALUES = 64
# RFC 6749 §3.3: scope-token.
_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")

OPENID = "openid"
OFFLINE_ACCESS = "offline_access"

# OpenID Connect Core §5.4.
CLAIMS_OF_SCOPE: Mapping[str, tuple[str, ...]] = {
    "profile": (
        "name",
        "family_name",
        "given_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
    ),
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
}

# What our own admin API asks for: a client's own, in a token that is made out to us and to nobody else.
OWN_API_PREFIX = "idp."
SERVICES_WRITE = "idp.services.write"

STANDARD_SCOPES = (OPENID, *CLAIMS_OF_SCOPE, OFFLINE_ACCESS)


def parse_scope(text: str | None) -> tuple[str, ...]:
    """The scope values in the order given, each once; raises `OAuthError` (invalid_scope)."""
    if not text:
        return ()
    if len(text) > _MAX_LENGTH:
        raise OAuthError(ErrorCode.INVALID_SCOPE, "The scope is too long.")
    values = tuple(dict.fromkeys(value for value in text.split(" ") if value))
    if len(values) > _MAX_VALUES:
        raise OAuthError(ErrorCode.INVALID_SCOPE, "The scope has too many values.")
    if not all(_SCOPE_TOKEN.fullmatch(value) for value in values):
        raise OAuthError(ErrorCode.INVALID_SCOPE, "The scope contains a character that is not allowed.")
    return values


def claims_of_scopes(scope: Iterable[str]) -> frozenset[str]:
    """The names of the claims that these scopes ask for."""
    return frozenset(claim for value in scope for claim in CLAIMS_OF_SCOPE.get(value, ()))
