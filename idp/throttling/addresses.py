"""How many requests one network address may send: counters that may be lost, in memory or in Valkey.

When Valkey does not answer, each process counts for itself and asks it again a few seconds later: a limiter that is
down must not take the service down, nor open the door.
"""

import asyncio
import ipaddress
import math
from functools import lru_cache

from limits import RateLimitItem, parse
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter

from idp.clock import Clock, SystemClock

_OPERATION_SECONDS = 0.25
_RETRY_SECONDS = 5
_MAX_COUNTERS = 20_000
_SHARED_SCHEMES = {"valkey": "valkey", "valkeys": "valkeys", "redis": "valkey", "rediss": "valkeys"}


class AddressLimiter:
    """Counts per bucket (what is asked for) and address; an IPv6 address counts as its /64, which one host commands."""

    def __init__(self, storage_url: str = "", *, clock: Clock | None = None) -> None:
        """`storage_url`: empty or `memory://`, or `valkey://host:6379`. Raises `ValueError` for anything else."""
        self._clock = clock or SystemClock()
        self._here = Windows()
        self._shared = _shared_storage(storage_url)
        self._shared_limiter = FixedWindowRateLimiter(self._shared) if self._shared else None
        self._retry_at = 0

    async def hit(self, bucket: str, address: str, rate: str) -> int | None:
        """Counts one request. None: it may go on; else seconds to wait. `rate` is such as `60/minute`."""
        network = network_of(address)
        if self._shared_limiter is not None and self._clock.now() >= self._retry_at:
            try:
                async with asyncio.timeout(_OPERATION_SECONDS):
                    return await self._hit_shared(self._shared_limiter, _parsed_rate(rate), bucket, network)
            except Exception:  # whatever the client raises, the answer is to count here
                self._retry_at = self._clock.now() + _RETRY_SECONDS
        return self._here.hit((bucket, network, rate), _parsed_rate(rate), self._clock.now())

    async def _hit_shared(
        self, limiter: FixedWindowRateLimiter, item: RateLimitItem, bucket: str, network: str
    ) -> int | None:
        if await limiter.hit(item, bucket, network):
            return None
        window = await limiter.get_window_stats(item, bucket, network)
        return max(math.ceil(window.reset_time - self._clock.now()), 1)

    @property
    def is_shared(self) -> bool:
        """Whether the counters are those of all processes just now."""
        return self._shared_limiter is not None and self._clock.now() >= self._retry_at

    async def close(self) -> None:
        if self._shared is not None:
            await self._shared.bridge.storage.aclose()  # type: ignore[attr-defined]


class Windows:
    """Counters of this process. The oldest is forgotten when there are too many, so that a flood cannot fill memory.

    A storage of `limits` in their place takes 2.5 µs for each request, and these 0.8.
    """

    def __init__(self) -> None:
        self._counters: dict[tuple[str, ...], tuple[int, int]] = {}  # count, end of its window; oldest first

    def hit(self, key: tuple[str, ...], item: RateLimitItem, now: int) -> int | None:
        """Counts one. None: it is within the limit; else seconds until the window ends."""
        count, ends_at = self._counters.get(key, (0, 0))
        if ends_at <= now:
            self._counters.pop(key, None)
            count, ends_at = 0, now + item.get_expiry()
        self._counters[key] = (count + 1, ends_at)
        if len(self._counters) > _MAX_COUNTERS:
            del self._counters[next(iter(self._counters))]
        return None if count < item.amount else ends_at - now


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """What is counted for an address: an IPv4 address, an IPv6 /64, or one name for everything unreadable.

    Remembered: to read one takes 6 µs, and a page asks twice.
    """
    try:
        parsed = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Address(int(parsed) >> 64 << 64)) + "/64"
    return str(parsed)


@lru_cache(maxsize=64)
def _parsed_rate(rate: str) -> RateLimitItem:
    return parse(rate)


def _shared_storage(url: str) -> RedisStorage | None:
    if url in {"", "memory://"}:
        return None
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in _SHARED_SCHEMES:
        raise ValueError("IDP_VALKEY_URL starts with valkey:// or redis://")
    return RedisStorage(
        f"async+{_SHARED_SCHEMES[scheme]}://{rest}",
        socket_timeout=_OPERATION_SECONDS,
        socket_connect_timeout=_OPERATION_SECONDS,
    )
