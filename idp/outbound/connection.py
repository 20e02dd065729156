"""One exchange over a connection of its own, to an address that was checked; at most a megabyte comes back.

`client` loads this with its first request: httpcore and h11 take 1.5 MB, and most processes contact nobody.
"""

import ssl
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpcore

from idp.outbound.addresses import CheckedAddresses, ForbiddenAddress
from idp.outbound.answer import Answer

_MOST_BYTES = 1024 * 1024
# A step gives up before the whole does: httpcore closes a connection that timed out in its TLS handshake, and forgets
# one that was cancelled there.
_STEP_SHARE = 0.8

FAILURES = (
    OSError,  # TimeoutError is one
    UnicodeError,  # a host name that is none
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)


class _CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to the address that was checked. TLS still verifies the name that was asked for."""

    def __init__(self, addresses: CheckedAddresses) -> None:
        self._addresses = addresses
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(  # noqa: PLR0917 - httpcore's signature
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        address = await self._addresses.resolve(host, port)
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


async def exchange(  # noqa: PLR0913 - one for each thing that a request has
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes,
    addresses: CheckedAddresses,
    tls_context: ssl.SSLContext,
    seconds: float,
) -> Answer:
    """Raises one of `FAILURES`, or `ForbiddenAddress`."""
    sent = {"Host": urlsplit(url).netloc, "Accept-Encoding": "identity", "User-Agent": "idp", **headers}
    if body:
        sent["Content-Length"] = str(len(body))
    async with (
        httpcore.AsyncConnectionPool(
            ssl_context=tls_context, max_connections=1, network_backend=_CheckedBackend(addresses)
        ) as pool,
        pool.stream(
            method,
            url,
            headers=list(sent.items()),
            content=body or None,
            extensions={"timeout": dict.fromkeys(("connect", "read", "write"), seconds * _STEP_SHARE)},
        ) as response,
    ):
        received = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        # Asked for in the clear: what comes packed is a bomb or a broken server (OU-04).
        if received.get("content-encoding", "identity") != "identity":
            raise httpcore.RemoteProtocolError("encoded")
        parts = bytearray()
        async for part in response.aiter_stream():
            parts += part
            if len(parts) > _MOST_BYTES:
                raise httpcore.RemoteProtocolError("too large")
        return Answer(response.status, received, bytes(parts))
