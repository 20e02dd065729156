"""The logos of clients, fetched for our pages: people's browsers ask nobody else for a picture (AZ-13).

A logo is read when somebody is first shown it, kept for an hour, and asked for again a minute after a failure at the
earliest, whoever asks how often.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from idp.clock import Clock
from idp.outbound.client import OutboundClient, OutboundFailed

_KEPT_SECONDS = 3600
_APART_SECONDS = 60
_MOST_KEPT = 128
_MOST_BYTES = 128 * 1024
# What a picture says of itself, whatever its server says: an SVG could carry script, HTML anything.
_MAGIC = (
    ("image/png", b"\x89PNG\r\n\x1a\n", b""),
    ("image/jpeg", b"\xff\xd8\xff", b""),
    ("image/gif", b"GIF87a", b""),
    ("image/gif", b"GIF89a", b""),
    ("image/webp", b"RIFF", b"WEBP"),
)


@dataclass(frozen=True, slots=True)
class Logo:
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Fetched:
    logo: Logo | None
    at: int


class LogoDirectory:
    """One per process."""

    def __init__(self, outbound: OutboundClient, clock: Clock) -> None:
        self._outbound = outbound
        self._clock = clock
        self._kept: OrderedDict[str, _Fetched] = OrderedDict()
        self._fetching: dict[str, asyncio.Lock] = {}

    async def get(self, url: str) -> Logo | None:
        """None where there is none that can be shown just now."""
        async with self._fetching.setdefault(url, asyncio.Lock()):
            kept = self._kept.get(url)
            if kept is None or self._is_old(kept):
                kept = await self._fetch(url, kept)
                self._remember(url, kept)
        return kept.logo

    def _is_old(self, kept: _Fetched) -> bool:
        return self._clock.now() - kept.at >= (_KEPT_SECONDS if kept.logo else _APART_SECONDS)

    async def _fetch(self, url: str, before: _Fetched | None) -> _Fetched:
        """One that cannot be read just now leaves the one before in its place."""
        try:
            body = (await self._outbound.get(url, accept="image/png, image/webp, image/jpeg, image/gif")).body
        except OutboundFailed:
            return _Fetched(before.logo if before else None, self._clock.now())
        return _Fetched(picture(body), self._clock.now())

    def _remember(self, url: str, fetched: _Fetched) -> None:
        self._kept[url] = fetched
        self._kept.move_to_end(url)
        while len(self._kept) > _MOST_KEPT:
            forgotten, _ = self._kept.popitem(last=False)
            self._fetching.pop(forgotten, None)


def picture(body: bytes) -> Logo | None:
    """The body as a picture of a kind that cannot do anything; None for everything else."""
    if len(body) > _MOST_BYTES:
        return None
    for media_type, start, at_eight in _MAGIC:
        if body.startswith(start) and body[8 : 8 + len(at_eight)] == at_eight:
            return Logo(media_type, body)
    return None
