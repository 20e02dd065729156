"""Checks a logout token: OIDC Back-Channel Logout §2.6 with joserfc, explicit algorithms and the provider's key set."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

_ALGORITHMS = ["ES256", "Ed25519", "EdDSA", "RS256"]
_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_MOST_CHARACTERS = 16 * 1024
_LEEWAY_SECONDS = 60
_SECONDS_BETWEEN_FETCHES = 30

FetchKeys = Callable[[bool], Awaitable[dict[str, Any]]]


class InvalidLogoutToken(Exception):
    """Why the token is refused, in words that may be sent."""


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """Whose login has ended: one session, or every session of the subject where none is named."""

    session_id: str | None
    subject: str | None

    def is_about(self, claims: dict[str, Any]) -> bool:
        """Whether the sign-in with these ID token claims is over."""
        if self.session_id is not None:
            return bool(claims.get("sid") == self.session_id)
        return bool(claims.get("sub") == self.subject)


@dataclass(slots=True)
class LogoutTokens:
    """`fetch_keys(anew)` answers the provider's JWKS. Each token counts once, as long as it would be valid."""

    fetch_keys: FetchKeys
    issuer: str
    client_id: str
    now: Callable[[], int]
    _spent: dict[str, int] = field(default_factory=dict)
    _fetched_at: int = 0

    async def verify(self, token: str) -> LoggedOut:
        """Raises `InvalidLogoutToken`; whatever `fetch_keys` raises passes through."""
        header = _header(token)
        # An ID token is signed with the same keys; this is the difference that cannot be overlooked.
        if str(header.get("typ", "")).lower() not in {"logout+jwt", "application/logout+jwt"}:
            raise InvalidLogoutToken("The token is not a logout token.")
        keys = await self._keys_with(header.get("kid"))
        try:
            claims = jwt.decode(token, keys, algorithms=_ALGORITHMS).claims
        except (JoseError, ValueError) as error:
            raise InvalidLogoutToken("The signature is not valid.") from error
        self._check(claims)
        self._spend(claims["jti"], claims["exp"] + _LEEWAY_SECONDS)
        return LoggedOut(claims.get("sid"), claims.get("sub"))

    def _check(self, claims: dict[str, Any]) -> None:
        now, audience, events = self.now(), claims.get("aud"), claims.get("events")
        expires_at, issued_at = claims.get("exp"), claims.get("iat")
        problems = (
            (claims.get("iss") != self.issuer, "The token comes from another issuer."),
            (
                self.client_id not in (audience if isinstance(audience, list) else [audience]),
                "It is for another client.",
            ),
            (not isinstance(issued_at, int) or issued_at > now + _LEEWAY_SECONDS, "It was not issued yet."),
            (not isinstance(expires_at, int) or expires_at + _LEEWAY_SECONDS <= now, "It has expired."),
            (not isinstance(events, dict) or not isinstance(events.get(_EVENT), dict), "It is about another event."),
            ("nonce" in claims, "A logout token has no nonce."),
            (not any(isinstance(claims.get(name), str) for name in ("sid", "sub")), "It names nobody."),
            (not isinstance(claims.get("jti"), str), "It has no jti."),
        )
        for holds, sentence in problems:
            if holds:
                raise InvalidLogoutToken(sentence)

    def _spend(self, token_id: str, expires_at: int) -> None:
        now = self.now()
        self._spent = {spent: until for spent, until in self._spent.items() if until > now}
        if token_id in self._spent:
            raise InvalidLogoutToken("The token was used before.")
        self._spent[token_id] = expires_at

    async def _keys_with(self, key_id: object) -> KeySet:
        keys = KeySet.import_key_set(await self.fetch_keys(False))  # type: ignore[arg-type]
        is_known = any(key.kid == key_id for key in keys.keys)
        # Invented key ids must not make this server hammer the provider.
        if not is_known and self.now() - self._fetched_at > _SECONDS_BETWEEN_FETCHES:
            self._fetched_at = self.now()
            keys = KeySet.import_key_set(await self.fetch_keys(True))  # type: ignore[arg-type]
        return keys


def _header(token: str) -> dict[str, Any]:
    if len(token) > _MOST_CHARACTERS:
        raise InvalidLogoutToken("The token is too long.")
    try:
        return dict(jws.extract_compact(token.encode()).headers())
    except (JoseError, ValueError) as error:
        raise InvalidLogoutToken("The token is not a signed JWT.") from error
