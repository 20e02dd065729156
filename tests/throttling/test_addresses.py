"""Requests per network address, in memory and in Valkey."""

import asyncio
import socket

import pytest
from limits import parse

from idp.throttling.addresses import AddressLimiter, Windows, network_of
from tests.support.clock import MovableClock


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "unknown"),
        ("", "unknown"),
        ("192.0.2.7, 198.51.100.1", "unknown"),
    ],
)
def test_what_is_counted_for_an_address(address: str, network: str) -> None:
    """An IPv4 address is itself, an IPv6 one its /64; what is no address shares one counter."""
    assert network_of(address) == network


async def test_an_address_is_limited_and_told_how_long(clock: MovableClock) -> None:
    """Within the window, per bucket and address; it is free again when the window ends."""
    limiter = AddressLimiter(clock=clock)
    assert [await limiter.hit("login", "192.0.2.7", "3/minute") for _ in range(3)] == [None] * 3
    clock.advance(seconds=15)
    assert await limiter.hit("login", "192.0.2.7", "3/minute") == 45
    assert await limiter.hit("login", "192.0.2.8", "3/minute") is None
    assert await limiter.hit("register", "192.0.2.7", "3/minute") is None
    clock.advance(seconds=45)
    assert await limiter.hit("login", "192.0.2.7", "3/minute") is None
    await limiter.close()


async def test_moving_through_an_ipv6_network_does_not_help(clock: MovableClock) -> None:
    """All addresses of a /64 are one visitor."""
    limiter = AddressLimiter(clock=clock)
    results = [await limiter.hit("login", f"2001:db8::{host:x}", "5/minute") for host in range(20)]
    assert results == [None] * 5 + [60] * 15


def test_a_flood_of_addresses_does_not_fill_the_memory() -> None:
    """The oldest counters go; the newest keep counting."""
    windows, once = Windows(), parse("1/minute")
    for number in range(50_000):
        assert windows.hit(("login", f"address {number}"), once, 0) is None
    assert len(windows._counters) == 20_000
    assert windows.hit(("login", "address 49999"), once, 20) == 40
    assert windows.hit(("login", "address 0"), once, 20) is None


def test_a_window_that_is_over_makes_room_for_the_next_one() -> None:
    """And moves to the end: what is counted now is forgotten last."""
    windows, once = Windows(), parse("1/minute")
    assert [windows.hit((name,), once, 0) for name in "ab"] == [None, None]
    assert [windows.hit(("a",), once, now) for now in (59, 60, 61)] == [1, None, 59]
    assert list(windows._counters) == [("b",), ("a",)]


@pytest.mark.parametrize("url", ["http://valkey", "valkey", "memcached://valkey"])
def test_other_stores_are_refused(url: str) -> None:
    """A setting that cannot work fails at the start."""
    with pytest.raises(ValueError, match="IDP_VALKEY_URL"):
        AddressLimiter(url)


@pytest.mark.parametrize("scheme", ["valkey", "redis"])
async def test_a_dead_valkey_leaves_the_limit_in_force(scheme: str, clock: MovableClock) -> None:
    """Nobody listens on the port: each process counts for itself."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        limiter = AddressLimiter(f"{scheme}://127.0.0.1:{unused.getsockname()[1]}", clock=clock)
        assert [await limiter.hit("login", "192.0.2.7", "2/minute") for _ in range(3)] == [None, None, 60]
        assert not limiter.is_shared
        await limiter.close()


async def test_a_silent_valkey_is_not_waited_for(clock: MovableClock) -> None:
    """It accepts connections and says nothing: the first request falls back, the following ones do not ask it at all
    until a few seconds have passed."""
    connections = 0

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        limiter = AddressLimiter(f"valkey://127.0.0.1:{port}", clock=clock)
        assert [await limiter.hit("login", "192.0.2.7", "2/minute") for _ in range(3)] == [None, None, 60]
        asked = connections
        assert asked >= 1
        clock.advance(seconds=5)
        assert limiter.is_shared
        assert await limiter.hit("login", "192.0.2.7", "2/minute") == 55
        assert connections > asked
        await limiter.close()
