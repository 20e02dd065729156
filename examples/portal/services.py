"""Tells the provider which services an account has here, so that its support desk can find people by them.

The portal acts for itself: an access token of its own (client_credentials), with a scope that is good at the provider
and nowhere else. A provider that is away is told at the next sign-in.
"""

import hashlib
import ssl
from urllib.parse import quote

import httpx2

from examples.portal.provider import Provider, ProviderRefused, ProviderUnreachable

_SCOPE = "idp.services.write"
_SECONDS = 3


def services_of(subject: str) -> list[dict[str, str]]:
    """What the account has here. The services are made up; the same account always has the same ones."""
    number = str(100_000 + int.from_bytes(hashlib.sha256(subject.encode()).digest()[:4]) % 900_000)
    return [{"name": f"customer-{number}.example.com", "number": number}]


class ServiceReports:
    """The provider's admin API, as far as services go. `transport` is for tests."""

    def __init__(self, provider: Provider, *, issuer: str, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._provider = provider
        self._issuer = issuer
        self._transport = transport
        self._tls = ssl.create_default_context()

    async def send(self, subject: str) -> list[dict[str, str]]:
        """Replaces what was said of the account before. Empty when the provider did not take it."""
        services = services_of(subject)
        address = f"{self._issuer}/admin/accounts/{quote(subject, safe='')}/services"
        try:
            token = await self._provider.own_token(_SCOPE)
            headers = {"authorization": f"Bearer {token}"}
            async with httpx2.AsyncClient(timeout=_SECONDS, verify=self._tls, transport=self._transport) as client:
                answer = await client.put(address, json={"services": services}, headers=headers)
        except (ProviderRefused, ProviderUnreachable, httpx2.HTTPError):
            return []
        return services if answer.status_code == 200 else []
