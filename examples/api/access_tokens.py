"""Checks an access token by itself: RFC 9068 §4 with joserfc, an explicit algorithm list and an explicit key set."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

# What the provider signs with, and nothing else: never take the list from the token.
ALGORITHMS = ["ES256", "Ed25519", "EdDSA", "RS256"]
_MOST_CHARACTERS = 16 * 1024
_SECONDS_BETWEEN_FETCHES = 30
_SECONDS_KEYS_ARE_TRUSTED = 600


class InvalidToken(Exception):
    """Why the token is refused, in words that may be sent (RFC 6750 §3)."""


class ProviderKeys:
    """The provider's public keys, fetched when first needed and again when a token names an unknown one."""

    def __init__(self, fetch: Callable[[], Awaitable[Mapping[str, Any]]], now: Callable[[], int]) -> None:
        self._fetch = fetch
        self._now = now
        self._keys: KeySet | None = None
        self._fetched_at = 0
        self._lock = asyncio.Lock()

    async def with_key(self, key_id: str) -> KeySet:
        """The key set; it may lack `key_id`. Whatever `fetch` raises passes through."""
        async with self._lock:
            age = self._now() - self._fetched_at
            is_unknown = self._keys is None or all(key.kid != key_id for key in self._keys.keys)
            # Invented key ids must not make this server hammer the provider: one fetch in half a minute.
            wants_fetch = age > _SECONDS_KEYS_ARE_TRUSTED or (is_unknown and age > _SECONDS_BETWEEN_FETCHES)
            if self._keys is None or wants_fetch:
                self._keys = KeySet.import_key_set(dict(await self._fetch()))  # type: ignore[arg-type]
                self._fetched_at = self._now()
            return self._keys


class AccessTokens:
    """Verifies access tokens of one issuer for one audience."""

    def __init__(self, keys: ProviderKeys, *, issuer: str, audience: str, now: Callable[[], int]) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._now = now

    async def verify(self, token: str) -> dict[str, Any]:
        """The claims of a valid token; raises `InvalidToken`."""
        header = _header(token)
        # RFC 9068 §4: without this, an ID token would pass for an access token.
        if str(header.get("typ", "")).lower() not in {"at+jwt", "application/at+jwt"}:
            raise InvalidToken("The token is not an access token.")
        key_id = header.get("kid")
        if not isinstance(key_id, str):
            raise InvalidToken("The token names no key.")
        keys = await self._keys.with_key(key_id)
        try:
            claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError) as error:
            raise InvalidToken("The signature is not valid.") from error
        self._check(claims)
        return claims

    def _check(self, claims: Mapping[str, Any]) -> None:
        if claims.get("iss") != self._issuer:
            raise InvalidToken("The token comes from another issuer.")
        audience = claims.get("aud")
        if self._audience not in (audience if isinstance(audience, list) else [audience]):
            raise InvalidToken("The token is for another audience.")
        expires_at = claims.get("exp")
        if not isinstance(expires_at, int) or expires_at <= self._now():
            raise InvalidToken("The token has expired.")
        # RFC 9449 §7.2: what is bound to a key is good with its proof only, and this API asks for none.
        if "cnf" in claims:
            raise InvalidToken("The token is bound to a key; send one that is not.")


def _header(token: str) -> dict[str, Any]:
    if len(token) > _MOST_CHARACTERS:
        raise InvalidToken("The token is too long.")
    try:
        return dict(jws.extract_compact(token.encode()).headers())
    except (JoseError, ValueError) as error:
        raise InvalidToken("The token is not a signed JWT.") from error
