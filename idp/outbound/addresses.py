"""Where an outbound connection may go: public addresses, checked after the name was resolved, and connected to as such.

What was checked is what is connected to: a name that resolves to another address a moment later gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable

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


class CheckedAddresses:
    """Public ones, and those of `private_networks`."""

    def __init__(self, private_networks: Iterable[_Network] = ()) -> None:
        self._private = tuple(private_networks)

    async def resolve(self, host: str, port: int) -> str:
        """The address to connect to; raises `ForbiddenAddress`."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(info[4][0]) for info in found]
        # One private answer among public ones is a trick: none of them is used.
        if not addresses or not all(self._may_connect(address) for address in addresses):
            raise ForbiddenAddress(host)
        return addresses[0]

    def _may_connect(self, text: str) -> bool:
        address = ipaddress.ip_address(text.partition("%")[0])
        return is_public(address) or any(address in network for network in self._private)
