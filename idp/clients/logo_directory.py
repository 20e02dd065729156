"""The logos of clients, fetched for our pages: people's browsers ask nobody else for a picture (AZ-13).

A logo is read when somebody is first shown it, kept for an hour, and asked for again a minute after a failure at the
earliest, whoever asks how often.
"""

from dataclasses import dataclass

from idp.clock import Clock
from idp.outbound.client import OutboundClient, OutboundFailed
from idp.outbound.memory import OutboundMemory

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


class LogoDirectory:
    """One per process."""

    def __init__(self, outbound: OutboundClient, clock: Clock) -> None:
        self._outbound = outbound
        self._kept: OutboundMemory[Logo] = OutboundMemory(clock, most=_MOST_KEPT)

    async def get(self, url: str) -> Logo | None:
        """None where there is none that can be shown just now."""

        async def read(before: Logo | None) -> Logo | None:
            """One that cannot be read just now leaves the one before in its place."""
            try:
                body = (await self._outbound.get(url, accept="image/png, image/webp, image/jpeg, image/gif")).body
            except OutboundFailed:
                return before
            return picture(body)

        return await self._kept.get(url, lasts=lambda logo: _KEPT_SECONDS if logo else _APART_SECONDS, read=read)


def picture(body: bytes) -> Logo | None:
    """The body as a picture of a kind that cannot do anything; None for everything else."""
    if len(body) > _MOST_BYTES:
        return None
    for media_type, start, at_eight in _MAGIC:
        if body.startswith(start) and body[8 : 8 + len(at_eight)] == at_eight:
            return Logo(media_type, body)
    return None
