"""One bounded request to an address that somebody else named: https, no redirects, five seconds, a megabyte.

Every failure is the same `OutboundFailed`: what is open, closed or filtered behind an address cannot be told from our
answer (OU-06). The reason goes to the log.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog

from idp.outbound.addresses import CheckedAddresses, ForbiddenAddress, parse_networks
from idp.outbound.answer import Answer

_SECONDS = 5.0
_LOOPBACK = ("127.0.0.0/8", "::1/128")
_LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}

log = structlog.get_logger(__name__)


class OutboundFailed(Exception):
    """Nothing usable came back, whatever the reason. `is_final`: the address itself is not allowed."""

    def __init__(self, *, is_final: bool = False) -> None:
        super().__init__("the address could not be read")
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class OutboundRules:
    """`hosts`: if there are any, only these are contacted (OU-10). `private_networks`: allowed though not public.

    `allows_loopback`: development, where relying parties live on this machine and speak http.
    """

    hosts: tuple[str, ...] = ()
    private_networks: tuple[str, ...] = ()
    allows_loopback: bool = False


class OutboundClient:
    """Each request has its own connection: they are rare, and go to strangers."""

    def __init__(
        self, rules: OutboundRules, *, tls_context: ssl.SSLContext | None = None, seconds: float = _SECONDS
    ) -> None:
        """Raises `ValueError` for a network that is none."""
        self._rules = rules
        loopback = _LOOPBACK if rules.allows_loopback else ()
        self._addresses = CheckedAddresses(parse_networks((*rules.private_networks, *loopback)))
        self._tls_context = tls_context or ssl.create_default_context()
        self._tls_context.minimum_version = ssl.TLSVersion.TLSv1_2  # OU-08
        self._seconds = seconds

    async def get(self, url: str, *, accept: str) -> Answer:
        """The answer with status 200; raises `OutboundFailed`."""
        answer = await self.request("GET", url, headers={"Accept": accept})
        if answer.status != 200:
            log.info("outbound_refused", host=urlsplit(url).hostname, status=answer.status)
            raise OutboundFailed
        return answer

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """Whatever answer came, a redirect too (it is not followed); raises `OutboundFailed`."""
        self._check_url(url)
        from idp.outbound.connection import FAILURES, exchange  # noqa: PLC0415 - large, and most contact nobody

        try:
            async with asyncio.timeout(self._seconds):
                return await exchange(
                    *(method, url),
                    headers=headers or {},
                    body=body,
                    addresses=self._addresses,
                    tls_context=self._tls_context,
                    seconds=self._seconds,
                )
        except ForbiddenAddress:
            log.warning("outbound_forbidden", host=urlsplit(url).hostname)
            raise OutboundFailed(is_final=True) from None
        except FAILURES as error:
            log.info("outbound_failed", host=urlsplit(url).hostname, reason=type(error).__name__)
            raise OutboundFailed from None

    def _check_url(self, url: str) -> None:
        """Raises `OutboundFailed` for anything but https to a host that may be contacted."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise OutboundFailed(is_final=True) from None
        is_local = self._rules.allows_loopback and host in _LOOPBACK_HOSTS
        is_allowed = parts.scheme == "https" or (parts.scheme == "http" and is_local)
        if not is_allowed or not host or parts.username is not None or parts.password is not None:
            raise OutboundFailed(is_final=True)
        named = f"{host}:{port}" if port else host
        if self._rules.hosts and not {host, named} & set(self._rules.hosts):
            log.warning("outbound_forbidden", host=host)
            raise OutboundFailed(is_final=True)
