"""Request objects that lie at an address of the client's (OIDC Core §6.2): read when they are asked for, and kept.

A fragment that is a SHA-256 says what the content is: such a copy is kept until there is no more room, since another
content has another name. Without one, a copy counts for ten seconds. No address is read more often than that.
"""

import asyncio
import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass

from idp.clock import Clock
from idp.outbound.client import OutboundClient, OutboundFailed
from idp.sealing import base64url

_APART_SECONDS = 10
_MOST_KEPT = 256
_MOST_BYTES = 16 * 1024  # what `take_apart` reads
_ACCEPT = "application/oauth-authz-req+jwt, application/jwt"
_SHA_256 = re.compile(r"[A-Za-z0-9_-]{43}")
_JWT = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){2,4}")


@dataclass(frozen=True, slots=True)
class _Copy:
    """`token` None: nothing usable was there."""

    token: str | None
    at: int


class RequestReferences:
    """One per process."""

    def __init__(self, outbound: OutboundClient, clock: Clock) -> None:
        self._outbound = outbound
        self._clock = clock
        self._kept: OrderedDict[str, _Copy] = OrderedDict()
        self._reading: dict[str, asyncio.Lock] = {}

    async def read(self, request_uri: str) -> str:
        """The JWT at a registered address, not verified; raises `OutboundFailed`."""
        address, _, fragment = request_uri.partition("#")
        async with self._reading.setdefault(request_uri, asyncio.Lock()):
            copy = self._kept.get(request_uri)
            if copy is None or self._is_outdated(copy, fragment):
                copy = _Copy(await self._fetch(address, fragment), self._clock.now())
                self._remember(request_uri, copy)
        if copy.token is None:
            raise OutboundFailed
        return copy.token

    def _is_outdated(self, copy: _Copy, fragment: str) -> bool:
        is_constant = copy.token is not None and _SHA_256.fullmatch(fragment) is not None
        return not is_constant and self._clock.now() - copy.at >= _APART_SECONDS

    async def _fetch(self, address: str, fragment: str) -> str | None:
        try:
            body = (await self._outbound.get(address, accept=_ACCEPT)).body
        except OutboundFailed:
            return None
        if _SHA_256.fullmatch(fragment) and base64url(hashlib.sha256(body).digest()) != fragment:
            return None
        token = body.decode("ascii", "replace").strip()
        return token if len(token) <= _MOST_BYTES and _JWT.fullmatch(token) else None

    def _remember(self, request_uri: str, copy: _Copy) -> None:
        self._kept[request_uri] = copy
        self._kept.move_to_end(request_uri)
        while len(self._kept) > _MOST_KEPT:
            forgotten, _ = self._kept.popitem(last=False)
            self._reading.pop(forgotten, None)
