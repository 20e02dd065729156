"""Request objects that lie at an address of the client's (OIDC Core §6.2): read when they are asked for, and kept.

A fragment that is a SHA-256 says what the content is: such a copy is kept until there is no more room, since another
content has another name. Without one, a copy counts for ten seconds. No address is read more often than that.
"""

import hashlib
import math
import re

from idp.clock import Clock
from idp.outbound.client import OutboundClient, OutboundFailed
from idp.outbound.memory import OutboundMemory
from idp.sealing import base64url

_APART_SECONDS = 10
_MOST_KEPT = 256
_MOST_BYTES = 16 * 1024  # what `take_apart` reads
_ACCEPT = "application/oauth-authz-req+jwt, application/jwt"
_SHA_256 = re.compile(r"[A-Za-z0-9_-]{43}")
_JWT = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){2,4}")


class RequestReferences:
    """One per process."""

    def __init__(self, outbound: OutboundClient, clock: Clock) -> None:
        self._outbound = outbound
        self._kept: OutboundMemory[str] = OutboundMemory(clock, most=_MOST_KEPT)

    async def read(self, request_uri: str) -> str:
        """The JWT at a registered address, not verified; raises `OutboundFailed`."""
        address, _, fragment = request_uri.partition("#")
        is_constant = _SHA_256.fullmatch(fragment) is not None
        token = await self._kept.get(
            request_uri,
            lasts=lambda kept: math.inf if kept is not None and is_constant else _APART_SECONDS,
            read=lambda _: self._fetch(address, fragment),
        )
        if token is None:
            raise OutboundFailed
        return token

    async def _fetch(self, address: str, fragment: str) -> str | None:
        try:
            body = (await self._outbound.get(address, accept=_ACCEPT)).body
        except OutboundFailed:
            return None
        if _SHA_256.fullmatch(fragment) and base64url(hashlib.sha256(body).digest()) != fragment:
            return None
        token = body.decode("ascii", "replace").strip()
        return token if len(token) <= _MOST_BYTES and _JWT.fullmatch(token) else None
