"""Authentication levels: their order, what a request asks for, and whether a login is enough for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from idp.protocol.claims_request import ClaimsRequest
from idp.protocol.errors import ErrorCode, OAuthError

_MAX_LENGTH = 1024
_MAX_VALUES = 16


@dataclass(frozen=True, slots=True)
class RequestedAcr:
    """The levels a request names, in order of preference. An essential one must be reached, or the request fails."""

    values: tuple[str, ...] = ()
    essential: bool = False


@dataclass(frozen=True, slots=True)
class AcrLevels:
    """The installation's two levels. A login with the OTP is also one with the password, never the other way round."""

    password: str
    otp: str

    @property
    def ordered(self) -> tuple[str, ...]:
        """Every level, the weakest first (`acr_values_supported`)."""
        return (self.password, self.otp)

    def rank(self, acr: str) -> int:
        """Where a level stands, from 1; 0 for one that is none of ours."""
        return self.ordered.index(acr) + 1 if acr in self.ordered else 0

    def satisfies(self, have: str, wanted: Sequence[str]) -> bool:
        """Whether `have` reaches one of the wanted levels. Nothing wanted is always reached, an unknown level never."""
        return not wanted or any(0 < self.rank(level) <= self.rank(have) for level in wanted)

    def requested(self, acr_values: Sequence[str], claims: ClaimsRequest) -> RequestedAcr:
        """What the request asks for: an essential `acr` claim first, then `acr_values`, then a voluntary claim."""
        if claims.essential_acr_values:
            return RequestedAcr(claims.essential_acr_values, essential=True)
        return RequestedAcr(tuple(acr_values) or claims.voluntary_acr_values)

    def preferred(self, wanted: Iterable[str]) -> str | None:
        """The first wanted level that exists here: the one to aim for."""
        return next((level for level in wanted if self.rank(level)), None)

    def reported(self, have: str, wanted: Sequence[str]) -> str:
        """The `acr` to answer with: one of those asked for where the login reaches one, and never more than it was."""
        if have in wanted:
            return have
        return next((level for level in wanted if 0 < self.rank(level) <= self.rank(have)), have)


def parse_acr_values(text: str | None) -> tuple[str, ...]:
    """The `acr_values` parameter, in order of preference; raises `OAuthError` (invalid_request)."""
    if not text:
        return ()
    values = tuple(dict.fromkeys(text.split())) if len(text) <= _MAX_LENGTH else ()
    if not 0 < len(values) <= _MAX_VALUES:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "acr_values has too many values.")
    return values
