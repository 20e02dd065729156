"""The keys of clients as they are now: a `jwks_uri` is read when it is needed, kept for a minute, and read again when a
token names a key that is not there.

How often a stranger's token can make us fetch is bounded, whatever it names: once in ten seconds for each address.
"""

from collections.abc import Sequence

from idp.clients.client import Client
from idp.clients.own_keys import OwnKeys
from idp.clock import Clock
from idp.outbound.client import OutboundClient, OutboundFailed
from idp.outbound.memory import OutboundMemory
from idp.protocol.key_sets import PublicKey, parse_key_set
from idp.protocol.signed_by_client import NotSigned, Unverified, verified_claims
from idp.protocol.strict_json import parse_object

_KEPT_SECONDS = 60
_APART_SECONDS = 10
_MOST_KEPT = 1024
_ACCEPT = "application/jwk-set+json, application/json"


class ClientKeyDirectory:
    """One per process."""

    def __init__(self, outbound: OutboundClient, clock: Clock) -> None:
        self._outbound = outbound
        self._kept: OutboundMemory[tuple[PublicKey, ...]] = OutboundMemory(clock, most=_MOST_KEPT)

    async def verify(self, client: Client, token: Unverified) -> None:
        """Returns when a key of the client has signed the token; raises `NotSigned` or `OutboundFailed`."""
        await self.verify_by(client.keys, token)

    async def verify_by(self, keys: OwnKeys, token: Unverified) -> None:
        """The same for anybody's keys that are given like a client's."""
        if keys.jwks_uri is None:
            verified_claims(token, keys.jwks)
            return
        try:
            verified_claims(token, await self._keys_at(keys.jwks_uri, older_than=_KEPT_SECONDS))
        except NotSigned as error:
            if not error.unknown_key:
                raise
            # OIDC Core §10.1.1: the client has rotated its keys.
            verified_claims(token, await self._keys_at(keys.jwks_uri, older_than=_APART_SECONDS))

    async def keys_of(self, client: Client) -> tuple[PublicKey, ...]:
        """To encrypt to: at most a minute old (OIDC Core §10.2.1); raises `OutboundFailed`."""
        if client.keys.jwks_uri is None:
            return client.keys.jwks
        return await self._keys_at(client.keys.jwks_uri, older_than=_KEPT_SECONDS)

    async def has_certificate(self, client: Client, thumbprint: str) -> bool:
        """Whether the client's key set has the certificate (RFC 8705 §2.2); raises `OutboundFailed`."""
        if client.keys.jwks_uri is None:
            return _has_certificate(client.keys.jwks, thumbprint)
        kept = await self._keys_at(client.keys.jwks_uri, older_than=_KEPT_SECONDS)
        return _has_certificate(kept, thumbprint) or _has_certificate(
            await self._keys_at(client.keys.jwks_uri, older_than=_APART_SECONDS), thumbprint
        )

    async def _keys_at(self, url: str, *, older_than: int) -> tuple[PublicKey, ...]:
        async def read(before: tuple[PublicKey, ...] | None) -> tuple[PublicKey, ...] | None:
            """A set that cannot be read just now leaves the one before in force."""
            try:
                answer = await self._outbound.get(url, accept=_ACCEPT)
                return parse_key_set(parse_object(answer.body))
            except (OutboundFailed, ValueError):
                return before

        keys = await self._kept.get(url, lasts=lambda kept: _APART_SECONDS if kept is None else older_than, read=read)
        if keys is None:
            raise OutboundFailed
        return keys


def _has_certificate(keys: Sequence[PublicKey], thumbprint: str) -> bool:
    return any(key.certificate == thumbprint for key in keys)
