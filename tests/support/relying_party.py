"""A relying party that builds valid requests, so that a test changes one thing and sees what it was worth."""

import base64
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from idp.credentials.otp import code_now
from idp.protocol.pkce import challenge_of
from tests.support.browser import FIREFOX, Browser, Page
from tests.support.provider import OTP_KEY, PASSWORD, Provider, TestClient
from tests.support.signing_in import try_again


@dataclass(slots=True)
class RelyingParty:
    """One client of one provider, calling the back channel in this process."""

    provider: Provider
    client: TestClient
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def authorization_url(self, **changes: str | None) -> str:
        """A complete request; a change to None leaves the parameter out."""
        parameters: dict[str, str | None] = {
            "client_id": self.client.id,
            "redirect_uri": self.client.redirect_uri,
            "response_type": "code",
            "scope": "openid profile email",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
        }
        parameters |= changes
        return "/authorize?" + urlencode({name: value for name, value in parameters.items() if value is not None})

    async def post(self, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        """A back-channel call with the client's own authentication, unless the test brings another."""
        has_secret = bool(self.client.secret) and "authorization" not in headers
        auth = httpx.BasicAuth(self.client.id, self.client.secret) if has_secret else httpx.USE_CLIENT_DEFAULT
        if not self.client.secret:
            body = {"client_id": self.client.id} | body
        transport = httpx.ASGITransport(self.provider.app, client=("198.51.100.7", 40000))
        base = {"user-agent": "shop-server/1.0"} | {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx.AsyncClient(transport=transport, base_url=self.provider.issuer, headers=base) as http:
            return await http.post(path, data=body, auth=auth)

    async def redeem(self, code: str, **changes: str | None) -> httpx.Response:
        body: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uri,
            "code_verifier": self.verifier,
        }
        body |= changes
        return await self.post("/token", {name: value for name, value in body.items() if value is not None})

    async def refresh(self, refresh_token: str, **changes: str | None) -> httpx.Response:
        body: dict[str, str | None] = {"grant_type": "refresh_token", "refresh_token": refresh_token, **changes}
        return await self.post("/token", {name: value for name, value in body.items() if value is not None})

    async def introspect(self, token: str, **more: str) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.post("/introspect", {"token": token, **more})).json()
        return answer

    async def userinfo(self, access_token: str) -> httpx.Response:
        transport = httpx.ASGITransport(self.provider.app)
        async with httpx.AsyncClient(transport=transport, base_url=self.provider.issuer) as http:
            return await http.get("/userinfo", headers={"authorization": f"Bearer {access_token}"})

    async def sign_in(
        self,
        browser: Browser,
        email: str = "lucie@wedos.cz",
        *,
        password: str = PASSWORD,
        otp: bool = False,
        **request: str,
    ) -> Page:
        """From the authorization request through the login pages; where the browser ends up."""
        page = await browser.open(self.authorization_url(**request))
        if page.path == "/login":
            page = await try_again(browser, email, password)
        if otp and page.path == "/login/otp":
            page = await browser.submit(code=code_now(OTP_KEY, self.provider.clock.now()))
        return page

    async def tokens(self, browser: Browser, email: str = "lucie@wedos.cz", **options: Any) -> dict[str, Any]:
        """Signs in and redeems the code."""
        redemption = options.pop("redemption", {})
        page = await self.sign_in(browser, email, **options)
        assert "code" in page.query, f"no code at {page.url}: {page.text[-1500:]}"
        response = await self.redeem(page.query["code"], **redemption)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


def claims_of(token: str) -> dict[str, Any]:
    """The payload of a JWT, unchecked."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


BROWSER_AGENT = FIREFOX
