"""A device without a browser, and a client that asks for people: both wait at the token endpoint."""

from dataclasses import dataclass
from typing import Any

import httpx

from idp.clients.backchannel_authentication import CIBA
from idp.clients.device_authorization import DEVICE_CODE
from tests.support.browser import Browser, Page
from tests.support.provider import PASSWORD, Provider, TestClient
from tests.support.relying_party import RelyingParty
from tests.support.signing_in import try_again

TELEVISION = "AcmeTV/3.1 (Linux)"
TV: dict[str, Any] = {
    "client_name": "Acme TV",
    "application_type": "native",
    "client_uri": "https://tv.example/",
    "redirect_uris": [],
    "grant_types": [DEVICE_CODE, "refresh_token"],
    "token_endpoint_auth_method": "none",
    "issue_refresh_token": "always",
}
BANK: dict[str, Any] = {
    "client_name": "Acme Bank",
    "client_uri": "https://bank.example/",
    "redirect_uris": [],
    "grant_types": [CIBA, "refresh_token"],
    "backchannel_token_delivery_mode": "poll",
}


@dataclass(slots=True)
class Device(RelyingParty):
    """A public client on a device; it calls itself `TELEVISION`."""

    async def ask(self, scope: str = "openid profile", **changes: str) -> httpx.Response:
        return await self.post("/device_authorization", {"scope": scope, **changes}, user_agent=TELEVISION)

    async def started(self, scope: str = "openid profile", **changes: str) -> dict[str, Any]:
        """A request that went well."""
        answer = await self.ask(scope, **changes)
        assert answer.status_code == 200, answer.text
        started: dict[str, Any] = answer.json()
        return started

    async def poll(self, device_code: str, *, user_agent: str = TELEVISION, **changes: str) -> httpx.Response:
        body = {"grant_type": DEVICE_CODE, "device_code": device_code, **changes}
        return await self.post("/token", body, user_agent=user_agent)


@dataclass(slots=True)
class Asking(RelyingParty):
    """A confidential client that asks for people who are not in front of it (CIBA)."""

    async def ask(self, **changes: str | None) -> httpx.Response:
        body: dict[str, str | None] = {"scope": "openid profile", "login_hint": "lucie@wedos.cz", **changes}
        return await self.post("/bc-authorize", {name: value for name, value in body.items() if value is not None})

    async def started(self, **changes: str | None) -> dict[str, Any]:
        """A request that went well."""
        answer = await self.ask(**changes)
        assert answer.status_code == 200, answer.text
        started: dict[str, Any] = answer.json()
        return started

    async def poll(self, auth_req_id: str) -> httpx.Response:
        return await self.post("/token", {"grant_type": CIBA, "auth_req_id": auth_req_id})


async def a_device(provider: Provider, client_id: str = "tv", **metadata: Any) -> Device:
    """A television of ours, unless `metadata` says otherwise."""
    return Device(provider, await provider.client(client_id, **(TV | metadata)))


async def an_asking_client(provider: Provider, client_id: str = "bank", **metadata: Any) -> Asking:
    """A confidential client that polls, unless `metadata` says otherwise."""
    client: TestClient = await provider.client(client_id, **(BANK | metadata))
    return Asking(provider, client)


async def type_code(browser: Browser, user_code: str, email: str = "lucie@wedos.cz") -> Page:
    """On `/device`, then through the login where one is asked for."""
    await browser.open("/device")
    page = await browser.submit(user_code=user_code)
    return await try_again(browser, email, PASSWORD) if page.path == "/login" else page


async def look_at_requests(browser: Browser, email: str = "lucie@wedos.cz") -> Page:
    """The link of the mail, through the login where one is asked for."""
    page = await browser.open("/account/requests")
    return await try_again(browser, email, PASSWORD) if page.path == "/login" else page


def error_of(answer: httpx.Response) -> str:
    """The error of a refusal, which is always 400 here."""
    assert answer.status_code == 400, answer.text
    error: str = answer.json()["error"]
    return error
