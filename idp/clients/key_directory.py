"""The keys of clients as they are now: a `jwks_uri` is read when it is needed, kept for a minute, and read again when a
token names a key that is not there.

How often a stranger's token can make us fetch is bounded, whatever it names: once in ten seconds for each address.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from idp.clients.client import Client
from idp.clients.own_keys import OwnKeys
from idp.clock import Clock
from idp.outbound.client import OutboundClient, OutboundFailed
from idp.protocol.key_sets import PublicKey, parse_key_set
from idp.protocol.signed_by_client import NotSigned, Unverified, verified_claims
from idp.protocol.strict_json import parse_object

_KEPT_SECONDS = 60
_APART_SECONDS = 10
_MOST_KEPT = 1024
_ACCEPT = "application/jwk-set+json, application/json"


@dataclass(frozen=True, slots=True)
class _Fetched:
    """`keys` None: the last attempt failed, and there was nothing before."""

    keys: tuple[PublicKey, ...] | None
    at: int


class ClientKeyDirectory:
    """One per process."""

    def __init__(self, outbound: OutboundClient, clock: Clock) -> None:
        self._outbound = outbound
        self._clock = clock
        self._kept: OrderedDict[str, _Fetched] = OrderedDict()
        self._fetching: dict[str, asyncio.Lock] = {}

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
        async with self._fetching.setdefault(url, asyncio.Lock()):
            kept = self._kept.get(url)
            if kept is None or self._clock.now() - kept.at >= (older_than if kept.keys is not None else _APART_SECONDS):
                kept = await self._fetch(url, kept)
                self._remember(url, kept)
        if kept.keys is None:
            raise OutboundFailed
        return kept.keys

    async def _fetch(self, url: str, before: _Fetched | None) -> _Fetched:
        """A set that cannot be read just now leaves the one before in force."""
        try:
            answer = await self._outbound.get(url, accept=_ACCEPT)
            return _Fetched(parse_key_set(parse_object(answer.body)), self._clock.now())
        except (OutboundFailed, ValueError):
            return _Fetched(before.keys if before else None, self._clock.now())

    def _remember(self, url: str, fetched: _Fetched) -> None:
        self._kept[url] = fetched
        self._kept.move_to_end(url)
        while len(self._kept) > _MOST_KEPT:
            forgotten, _ = self._kept.popitem(last=False)
            self._fetching.pop(forgotten, None)


def _has_certificate(keys: Sequence[PublicKey], thumbprint: str) -> bool:
    return any(key.certificate == thumbprint for key in keys)
