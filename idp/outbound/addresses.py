"""Where an outbound connection may go: public addresses, checked after the name was resolved, and connected to as such.

What was checked is what is connected to: a name that resolves to another address a moment later gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Sequence
from typing import Any

import httpcore

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# IPv6 spellings of IPv4 addresses: a gateway on the way may turn them into private ones (RFC 6052, 3056, 4380).
_TRANSITION = tuple(ipaddress.ip_network(prefix) for prefix in ("64:ff9b::/32", "2002::/16", "2001::/32"))


class ForbiddenAddress(Exception):
    """The address, or what its name resolves to, is not one that we connect to."""


def is_public(address: _Address) -> bool:
    """Whether the address belongs to the Internet at large."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in _TRANSITION):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def parse_networks(texts: Iterable[str]) -> tuple[_Network, ...]:
    """Addresses and networks; raises `ValueError`."""
    return tuple(ipaddress.ip_network(text) for text in texts)


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Resolves, checks every answer, and connects to one of them. TLS still verifies the name that was asked for."""

    def __init__(self, private_networks: Sequence[_Network] = ()) -> None:
        self._private = tuple(private_networks)
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(  # noqa: PLR0917 - httpcore's signature
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        address = await self._resolve(host, port)
        return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - httpcore's signature
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        raise ForbiddenAddress(path)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)

    async def _resolve(self, host: str, port: int) -> str:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(info[4][0]) for info in found]
        # One private answer among public ones is a trick: none of them is used.
        if not addresses or not all(self._may_connect(address) for address in addresses):
            raise ForbiddenAddress(host)
        return addresses[0]

    def _may_connect(self, text: str) -> bool:
        address = ipaddress.ip_address(text.partition("%")[0])
        return is_public(address) or any(address in network for network in self._private)
