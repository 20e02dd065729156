"""Believes `X-Forwarded-For` and `X-Forwarded-Proto` from the configured proxies, and from nobody else.

No header decides about the host: the issuer is configured. Headers with an underscore are dropped, because many
programs cannot tell `X_Forwarded_For` from `X-Forwarded-For`.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from idp.web.plain import Scope

_DROPPED = frozenset(
    {b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port", b"x-real-ip"}
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def parse_networks(trusted_proxies: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and CIDR ranges; raises `ValueError` for anything else."""
    return tuple(ip_network(text, strict=False) for text in trusted_proxies)


def resolve(scope: Scope, networks: tuple[Network, ...]) -> None:
    """After this, `client` and `scheme` of the scope are the browser's, and no forwarding header is left."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    names = [name for name, _ in headers]
    if not _DROPPED.isdisjoint(names) or b"_" in b"".join(names):
        scope["headers"] = [pair for pair in headers if pair[0] not in _DROPPED and b"_" not in pair[0]]
    peer = _trusted_peer(scope, networks) if networks else None
    if peer is None:
        return
    chain = _values(headers, b"x-forwarded-for")
    scope["client"] = (str(_first_untrusted(peer, chain, networks)), 0)
    scheme = _scheme(headers)
    if scheme in {"http", "https"}:
        scope["scheme"] = scheme


def came_without_tls(scope: Scope, networks: tuple[Network, ...]) -> bool:
    """Whether a configured proxy says so; ask before `resolve`. A proxy that says nothing is believed to speak TLS."""
    return bool(networks) and _scheme(scope["headers"]) == "http" and is_trusted_peer(scope, networks)


def is_trusted_peer(scope: Scope, networks: tuple[Network, ...]) -> bool:
    """Whether a configured proxy is at the other end of the connection."""
    return _trusted_peer(scope, networks) is not None


def _trusted_peer(scope: Scope, networks: tuple[Network, ...]) -> Address | None:
    client = scope.get("client")
    peer = _parse_address(client[0]) if client and networks else None
    return peer if peer is not None and _is_trusted(peer, networks) else None


def _scheme(headers: list[tuple[bytes, bytes]]) -> str:
    """The nearest proxy wrote the last value; anything before it may be the browser's invention."""
    schemes = _values(headers, b"x-forwarded-proto")
    return schemes[-1].lower() if schemes else ""


def _values(headers: list[tuple[bytes, bytes]], name: bytes) -> list[str]:
    joined = b",".join(value for key, value in headers if key == name).decode("latin-1")
    return [part.strip() for part in joined.split(",") if part.strip()]


def _first_untrusted(peer: Address, chain: list[str], networks: tuple[Network, ...]) -> Address:
    """Walks from the nearest proxy outwards; everything beyond the first stranger is the stranger's own story."""
    nearest = peer
    for text in reversed(chain):
        address = _parse_address(text)
        if address is None:
            return nearest
        nearest = address
        if not _is_trusted(address, networks):
            return nearest
    return nearest


def _is_trusted(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)


@lru_cache(maxsize=1024)
def _parse_address(text: str) -> Address | None:
    """An address with or without a port; IPv4 inside IPv6 becomes IPv4."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
