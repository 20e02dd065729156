"""The API's two questions to the provider: where are your keys, and what do you say about this token?"""

import ssl
from collections.abc import Mapping
from typing import Any

import httpx2

from examples.api.configuration import Configuration


class ProviderUnreachable(Exception):
    """The provider did not answer, or not as its metadata promises."""


class Provider:
    """Asks the provider as the client `example-api`. `transport` is for tests."""

    def __init__(self, configuration: Configuration, *, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._issuer = configuration.issuer
        self._credentials = (configuration.client_id, configuration.client_secret)
        self._tls = ssl.create_default_context()
        self._transport = transport
        self._metadata: Mapping[str, Any] | None = None

    async def fetch_keys(self) -> Mapping[str, Any]:
        """The JWK set. Raises `ProviderUnreachable`."""
        metadata = await self._discover()
        return await self._ask("GET", metadata["jwks_uri"])

    async def introspect(self, token: str, *, user_agent: str) -> Mapping[str, Any]:
        """RFC 7662, with the browser's User-Agent: the answer's `ua_match` says whether the token is still at home.

        Raises `ProviderUnreachable`.
        """
        metadata = await self._discover()
        form = {"token": token, "token_type_hint": "access_token"} | ({"user_agent": user_agent} if user_agent else {})
        return await self._ask("POST", metadata["introspection_endpoint"], form=form)

    async def _discover(self) -> Mapping[str, Any]:
        if self._metadata is None:
            metadata = await self._ask("GET", f"{self._issuer}/.well-known/openid-configuration")
            # RFC 8414 §3.3: a document about another issuer must not be used.
            if metadata.get("issuer") != self._issuer:
                raise ProviderUnreachable("the metadata names another issuer")
            self._metadata = metadata
        return self._metadata

    async def _ask(self, method: str, url: str, *, form: dict[str, str] | None = None) -> Mapping[str, Any]:
        try:
            async with httpx2.AsyncClient(timeout=10, verify=self._tls, transport=self._transport) as client:
                # Generated ids and secrets are URL-safe, so RFC 6749 §2.3.1's form-encoding changes nothing.
                response = await client.request(method, url, data=form, auth=self._credentials if form else None)
            response.raise_for_status()
            answer = response.json()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise ProviderUnreachable(str(error)) from error
        if not isinstance(answer, dict):
            raise ProviderUnreachable("the answer is no JSON object")
        return answer
