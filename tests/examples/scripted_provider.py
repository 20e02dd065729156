"""The other side of the portal and the API: a provider that answers what the test tells it to."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.types import ASGIApp

ISSUER = "http://localhost:8000"
API = "http://127.0.0.1:8090"


class LocalHosts(httpx2.AsyncBaseTransport):
    """Requests go to applications in this process by host and port; any other address is not reachable."""

    def __init__(self, **applications: ASGIApp) -> None:
        self._applications = applications

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        application = self._applications.get(f"port_{request.url.port}")
        if application is None:
            raise httpx2.ConnectError("connection refused")
        return await httpx2.ASGITransport(application).handle_async_request(request)


class ScriptedProvider:
    """Signs what it is asked for, and keeps every form that it was sent."""

    def __init__(self, now: Callable[[], int]) -> None:
        self.now = now
        self.key = ECKey.generate_key("P-256", {"kid": "key-1", "use": "sig", "alg": "ES256"})
        self.published = [self.key]
        self.fetches = 0
        self.forms: list[dict[str, str]] = []
        self.refusal: dict[str, str] | None = None
        self.id_token_changes: dict[str, Any] = {}
        self.access_token_changes: dict[str, Any] = {}
        self.introspection: dict[str, Any] = {"active": True, "ua_match": True}
        self.reported: list[tuple[str, str, Any]] = []
        self.services_status = 200
        self.issuer = ISSUER
        self.subject = "acc_1"
        self.expires_in = 900
        self.app = FastAPI()
        self.app.get("/.well-known/openid-configuration")(self._metadata)
        self.app.get("/jwks")(self._jwks)
        self.app.get("/userinfo")(self._userinfo)
        self.app.post("/token")(self._token)
        self.app.post("/introspect")(self._introspect)
        self.app.put("/admin/accounts/{subject}/services")(self._services)

    def answer_to(self, authorization_url: str, **changes: str) -> str:
        """The path and query with which the browser comes back from a sign-in that succeeded."""
        asked = self.asked(authorization_url)
        self._nonce = asked["nonce"]
        self._client_id = asked["client_id"]
        path = urlsplit(asked["redirect_uri"]).path
        return path + "?" + urlencode({"code": "a-code", "state": asked["state"], "iss": ISSUER} | changes)

    @staticmethod
    def asked(url: str) -> dict[str, str]:
        """The parameters of an address; each stands once."""
        return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}

    def access_token(self, *, typ: str = "at+jwt", key: ECKey | None = None, **changes: object) -> str:
        """An access token for the API; `None` takes a claim away."""
        now = self.now()
        claims = {
            "iss": ISSUER,
            "sub": "acc_1",
            "aud": API,
            "exp": now + 900,
            "iat": now,
            "jti": "j",
            "client_id": "portal",
            "scope": "openid api.read",
            "acr": "urn:idp:acr:pwd",
            "auth_time": now,
        }
        return self.signed(claims | self.access_token_changes | changes, typ=typ, key=key or self.key)

    def signed(self, claims: dict[str, Any], *, typ: str, key: ECKey) -> str:
        """A JWT of these claims, without those that are `None`."""
        present = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": key.kid, "typ": typ}, present, key)

    async def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "userinfo_endpoint": f"{ISSUER}/userinfo",
            "jwks_uri": f"{ISSUER}/jwks",
            "introspection_endpoint": f"{ISSUER}/introspect",
            "end_session_endpoint": f"{ISSUER}/logout",
            "id_token_signing_alg_values_supported": ["ES256"],
            "authorization_response_iss_parameter_supported": True,
        }

    async def _jwks(self) -> dict[str, Any]:
        self.fetches += 1
        return {"keys": [key.as_dict(private=False) for key in self.published]}

    async def _userinfo(self) -> dict[str, str]:
        return {"sub": self.subject, "name": "Demo Customer"}

    async def _token(self, request: Request) -> JSONResponse:
        async with request.form() as form:
            sent = {name: str(value) for name, value in form.items()}
        if sent["grant_type"] == "client_credentials":
            return JSONResponse({"access_token": f"own {sent['scope']}", "token_type": "Bearer", "expires_in": 900})
        self.forms.append(sent)
        if self.refusal:
            return JSONResponse(self.refusal, 400)
        now = self.now()
        claims = {
            "iss": ISSUER,
            "sub": "acc_1",
            "aud": self._client_id,
            "exp": now + 3600,
            "iat": now,
            "auth_time": now,
            "nonce": self._nonce if self.forms[-1]["grant_type"] == "authorization_code" else None,
            "acr": "urn:idp:acr:pwd",
        } | self.id_token_changes
        return JSONResponse(
            {
                "access_token": self.access_token(),
                "token_type": "Bearer",
                "expires_in": self.expires_in,
                "refresh_token": f"refresh-{len(self.forms)}",
                "id_token": self.signed(claims, typ="JWT", key=self.key),
                "scope": "openid api.read",
            }
        )

    async def _services(self, request: Request, subject: str) -> JSONResponse:
        body = await request.json()
        self.reported.append((subject, request.headers["authorization"], body))
        return JSONResponse(body, self.services_status)

    async def _introspect(self, request: Request, token: str = Form(), user_agent: str = Form("")) -> dict[str, Any]:
        self.forms.append(
            {"token": token, "user_agent": user_agent, "authorization": request.headers.get("authorization", "")}
        )
        return self.introspection
