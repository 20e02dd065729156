"""How many requests one network address may send: counters that may be lost, in memory or in Valkey.

When Valkey does not answer, each process counts for itself and asks it again a few seconds later: a limiter that is
down must not take the service down, nor open the door.
"""

import asyncio
import ipaddress
import math
from functools import lru_cache

from limits import RateLimitItem, parse
from limits.aio.storage import RedisStorage, Storage
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
        self._memory = FixedWindowRateLimiter(BoundedMemory(self._clock))
        self._shared = _shared_storage(storage_url)
        self._shared_limiter = FixedWindowRateLimiter(self._shared) if self._shared else None
        self._retry_at = 0

    async def hit(self, bucket: str, address: str, rate: str) -> int | None:
        """Counts one request. None: it may go on; else seconds to wait. `rate` is such as `60/minute`."""
        item, network = _parsed_rate(rate), network_of(address)
        if self._shared_limiter is not None and self._clock.now() >= self._retry_at:
            try:
                async with asyncio.timeout(_OPERATION_SECONDS):
                    return await self._hit(self._shared_limiter, item, bucket, network)
            except Exception:  # whatever the client raises, the answer is to count here
                self._retry_at = self._clock.now() + _RETRY_SECONDS
        return await self._hit(self._memory, item, bucket, network)

    async def _hit(self, limiter: FixedWindowRateLimiter, item: RateLimitItem, bucket: str, network: str) -> int | None:
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


class BoundedMemory(Storage):
    """Counters of this process. The oldest is forgotten when there are too many, so that a flood cannot fill memory."""

    STORAGE_SCHEME = None

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._counters: dict[str, tuple[int, int]] = {}  # key: count, end of its window; oldest first

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = self._clock.now()
        count, ends_at = self._counters.get(key, (0, 0))
        if ends_at <= now:
            self._counters.pop(key, None)
            count, ends_at = 0, now + expiry
        self._counters[key] = (count + amount, ends_at)
        if len(self._counters) > _MAX_COUNTERS:
            del self._counters[next(iter(self._counters))]
        return count + amount

    async def get(self, key: str) -> int:
        count, ends_at = self._counters.get(key, (0, 0))
        return count if ends_at > self._clock.now() else 0

    async def get_expiry(self, key: str) -> float:
        return self._counters.get(key, (0, self._clock.now()))[1]

    async def check(self) -> bool:
        return True

    async def reset(self) -> int:
        forgotten = len(self._counters)
        self._counters.clear()
        return forgotten

    async def clear(self, key: str) -> None:
        self._counters.pop(key, None)


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
