"""What an authorization response can bring (OAuth 2.0 Multiple Response Types §3 and §5, OIDC Core §3).

`token` alone and `none` do not exist here: the first proves nothing about who it is for (RFC 9700 §2.1.2).
"""

from collections.abc import Mapping
from enum import StrEnum


class ResponseType(StrEnum):
    """In the order of OIDC Core §3; each in the one spelling that is stored."""

    CODE = "code"
    ID_TOKEN = "id_token"  # noqa: S105 - a response type
    ID_TOKEN_TOKEN = "id_token token"  # noqa: S105 - a response type
    CODE_ID_TOKEN = "code id_token"  # noqa: S105 - a response type
    CODE_TOKEN = "code token"  # noqa: S105 - a response type
    CODE_ID_TOKEN_TOKEN = "code id_token token"  # noqa: S105 - a response type

    @staticmethod
    def read(text: str) -> "ResponseType | None":
        """The type whose words these are, in any order (RFC 6749 §3.1.1); None for all others."""
        return _BY_WORDS.get(_words(text))

    @property
    def has_code(self) -> bool:
        return "code" in self.split(" ")

    @property
    def has_id_token(self) -> bool:
        """Whether an ID token comes from the authorization endpoint."""
        return "id_token" in self.split(" ")

    @property
    def has_access_token(self) -> bool:
        """Whether an access token comes from the authorization endpoint."""
        return "token" in self.split(" ")

    @property
    def grant_types(self) -> frozenset[str]:
        """The grant types that a client needs for it (RFC 7591 §2.1)."""
        needed = {"authorization_code": self.has_code, "implicit": self.has_id_token or self.has_access_token}
        return frozenset(name for name, is_needed in needed.items() if is_needed)


def _words(text: str) -> tuple[str, ...]:
    return tuple(sorted(text.split(" ")))


_BY_WORDS: Mapping[tuple[str, ...], ResponseType] = {_words(each): each for each in ResponseType}


def brings_tokens(response_type: str) -> bool:
    """Whether a request with these words, supported or not, asks for tokens at the front."""
    return not {"token", "id_token"}.isdisjoint(response_type.split(" "))
