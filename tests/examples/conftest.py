"""The portal and the API in this process, beside a scripted provider."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from examples.api.app import build_app as build_api
from examples.api.configuration import Configuration as ApiConfiguration
from examples.api.provider import Provider
from examples.portal.app import build_app as build_portal
from examples.portal.clock import now
from examples.portal.configuration import Configuration as PortalConfiguration
from tests.examples.scripted_provider import API, LocalHosts, ScriptedProvider
from tests.support.clock import MovableClock

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0"
PORTAL = "http://127.0.0.1:8080"


@pytest.fixture
def provider(clock: MovableClock) -> ScriptedProvider:
    return ScriptedProvider(clock.now)


@pytest.fixture
def api_app(provider: ScriptedProvider, clock: MovableClock) -> FastAPI:
    configuration = ApiConfiguration(client_secret="api-secret")
    asked = Provider(configuration, transport=LocalHosts(port_8000=provider.app))
    return build_api(configuration, now=clock.now, provider=asked)


@pytest.fixture
async def api(api_app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(api_app), base_url=API) as client:
        yield client


@pytest.fixture
def portal_configuration() -> PortalConfiguration:
    return PortalConfiguration(client_secret="portal-secret", partner_client_secret="partner-secret")


@pytest.fixture
async def browser(
    provider: ScriptedProvider, api_app: FastAPI, portal_configuration: PortalConfiguration
) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser at the portal: it keeps cookies, and the test follows the redirects."""
    # Authlib looks at the machine's clock, so this provider's tokens are made at the real moment.
    provider.now = now
    hosts = LocalHosts(port_8000=provider.app, port_8090=api_app)
    portal = build_portal(portal_configuration, transport=hosts)
    headers = {"user-agent": FIREFOX}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(portal), base_url=PORTAL, headers=headers) as client:
        yield client
