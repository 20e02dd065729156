"""The routes of the example API, and how each refusal is said to the client (RFC 6750 §3, RFC 9470 §3)."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse

from examples.api.access_tokens import AccessTokens, InvalidToken, ProviderKeys
from examples.api.configuration import Configuration
from examples.api.provider import Provider, ProviderUnreachable

_SCOPE = "api.read"


class Refused(Exception):
    """An answer with a `WWW-Authenticate` challenge; without `error` the client sent no token at all."""

    def __init__(self, status: int, error: str = "", **parameters: str) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error or "unauthorized"} | parameters
        stated = ({"error": error} if error else {}) | parameters
        quoted = ", ".join(f'{name}="{value}"' for name, value in stated.items())
        self.challenge = f"Bearer {quoted}".rstrip()


class RequireToken:
    """A dependency: the claims of a valid access token that holds the scope."""

    def __init__(self, tokens: AccessTokens, scope: str) -> None:
        self._tokens = tokens
        self._scope = scope

    async def __call__(self, request: Request) -> Mapping[str, Any]:
        try:
            claims = await self._tokens.verify(_bearer_token(request))
        except InvalidToken as error:
            raise Refused(401, "invalid_token", error_description=str(error)) from error
        if self._scope not in str(claims.get("scope", "")).split():
            raise Refused(403, "insufficient_scope", scope=self._scope)
        return claims


def build_app(configuration: Configuration, *, now: Callable[[], int], provider: Provider | None = None) -> FastAPI:
    """The ASGI application. The provider's keys are fetched with the first token."""
    provider = provider or Provider(configuration)
    keys = ProviderKeys(provider.fetch_keys, now)
    tokens = AccessTokens(keys, issuer=configuration.issuer, audience=configuration.url, now=now)
    app = FastAPI(title="Example API", docs_url=None, redoc_url=None, openapi_url=None)
    token_claims = Depends(RequireToken(tokens, _SCOPE))

    @app.get("/hello")
    async def hello(claims: Mapping[str, Any] = token_claims) -> dict[str, Any]:
        return {"message": "Hello.", "sub": claims["sub"], "client_id": claims.get("client_id")}

    @app.get("/protected")
    async def protected(claims: Mapping[str, Any] = token_claims) -> dict[str, Any]:
        check_strength(claims, configuration, now=now())
        return {"message": "This needed a recent sign-in with OTP.", **_how(claims)}

    @app.get("/introspected")
    async def introspected(request: Request, claims: Mapping[str, Any] = token_claims) -> dict[str, Any]:
        # A token stays valid by itself until it expires; only the provider knows that it was revoked meanwhile.
        answer = await provider.introspect(_bearer_token(request), user_agent=_browser_user_agent(request))
        if answer.get("active") is not True:
            raise Refused(401, "invalid_token", error_description="The token was revoked.")
        return {"active": True, "ua_match": answer.get("ua_match"), "sub": claims["sub"]}

    @app.get("/live")
    async def live() -> PlainTextResponse:
        return PlainTextResponse("ok")

    _say_refusals(app)
    return app


def _say_refusals(app: FastAPI) -> None:
    @app.exception_handler(Refused)
    async def refuse(_: Request, refusal: Refused) -> JSONResponse:
        return JSONResponse(refusal.body, refusal.status, {"www-authenticate": refusal.challenge})

    @app.exception_handler(ProviderUnreachable)
    async def unreachable(_: Request, __: ProviderUnreachable) -> JSONResponse:
        return JSONResponse({"error": "temporarily_unavailable"}, 503, {"retry-after": "5"})


def check_strength(claims: Mapping[str, Any], configuration: Configuration, *, now: int) -> None:
    """RFC 9470 §3: says which sign-in would do, so that the client can ask the provider for exactly that."""
    auth_time = claims.get("auth_time")
    is_recent = isinstance(auth_time, int) and auth_time + configuration.step_up_max_age >= now
    if claims.get("acr") != configuration.step_up_acr or not is_recent:
        raise Refused(
            401,
            "insufficient_user_authentication",
            error_description="A recent sign-in with OTP is needed.",
            acr_values=configuration.step_up_acr,
            max_age=str(configuration.step_up_max_age),
        )


def _how(claims: Mapping[str, Any]) -> dict[str, Any]:
    return {name: claims[name] for name in ("sub", "acr", "amr", "auth_time") if name in claims}


def _bearer_token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        # RFC 6750 §3.1: a request without credentials gets a challenge without an error code.
        raise Refused(401)
    return token.strip()


def _browser_user_agent(request: Request) -> str:
    """A calling server passes its browser's header on; a browser that calls by itself just has it."""
    return request.headers.get("x-browser-user-agent") or request.headers.get("user-agent", "")
