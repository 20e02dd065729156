"""The OpenID Connect side: Authlib's Starlette client, and the checks that are the application's own.

Sign-in is code + PKCE with state, nonce and `iss`. A confidential client calls from its server, so it passes the
browser's User-Agent header in the form parameter `user_agent`, at redemption and at every refresh.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]
from authlib.integrations.starlette_client import OAuth, StarletteIntegration  # type: ignore[import-untyped]
from joserfc.errors import JoseError
from starlette.requests import Request

from examples.portal.browser_sessions import BrowserSession

_MOST_TABS = 8


class ProviderUnreachable(Exception):
    """The provider did not answer, or not as its metadata promises."""


class ProviderRefused(Exception):
    """The provider's own error (RFC 6749 §5.2), or an answer that failed a check of ours."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description


class UnknownState(Exception):
    """The answer belongs to no sign-in that this browser began here."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What the provider knows this client by."""

    client_id: str
    client_secret: str = field(repr=False)
    scope: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """One finished authorization."""

    token: dict[str, Any]
    claims: dict[str, Any]
    person: dict[str, Any]
    return_to: str


class SeveralTabs(StarletteIntegration):  # type: ignore[misc]
    """Authlib forgets the sign-in of the first tab as soon as a second one begins; people have several tabs."""

    async def set_state_data(self, session: dict[str, Any], state: str, data: dict[str, Any]) -> None:
        prefix = f"_state_{self.name}_"
        for key in [key for key in session if key.startswith(prefix)][: 1 - _MOST_TABS]:
            del session[key]
        added: dict[str, Any] = {}
        await super().set_state_data(added, state, data)
        session.update(added)


class PortalOAuth(OAuth):  # type: ignore[misc]
    """Authlib's registry. Never pass `cache=`: state then lives outside the browser's session."""

    framework_integration_cls = SeveralTabs


class Provider:
    """One client at the provider: sign in, refresh, sign out. `transport` is for tests."""

    def __init__(
        self, registration: Registration, *, issuer: str, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self._issuer = issuer
        self._redirect_uri = registration.redirect_uri
        self._connection = {"timeout": 10, "verify": ssl.create_default_context(), "transport": transport}
        self._credentials = {"client_id": registration.client_id, "client_secret": registration.client_secret}
        # leeway=0: otherwise Authlib refreshes a token near its end by itself, and without the browser's User-Agent.
        options = {"scope": registration.scope, "code_challenge_method": "S256", "leeway": 0}
        self._client = PortalOAuth().register(
            registration.client_id,
            **self._credentials,
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs=options | self._connection,
        )

    async def begin(self, request: Request, *, return_to: str, **parameters: str) -> str:
        """The authorization URL; state, nonce and PKCE verifier stay in the browser's session."""
        with _provider_calls():
            await self._metadata()
            begun = await self._client.create_authorization_url(self._redirect_uri, **parameters)
            await self._client.save_authorize_data(
                request,
                redirect_uri=self._redirect_uri,
                return_to=return_to,
                wanted_acr=parameters.get("acr_values", ""),
                wanted_max_age=parameters.get("max_age", ""),
                **begun,
            )
        return str(begun["url"])

    async def finish(self, request: Request, *, user_agent: str) -> SignIn:
        """Redeems the code of the authorization response.

        Raises `UnknownState`, `ProviderRefused` or `ProviderUnreachable`.
        """
        state = request.query_params.get("state", "")
        pending = await self._client.framework.get_state_data(request.session, state)
        if pending is None:
            raise UnknownState
        with _provider_calls():
            metadata = await self._metadata()
            # RFC 9207 §2.4: an answer that names another issuer, or none although it should, is not for us.
            promised = metadata.get("authorization_response_iss_parameter_supported")
            if request.query_params.get("iss", "" if promised else self._issuer) != self._issuer:
                raise ProviderRefused("wrong_issuer", "The answer came from another provider.")
            token = await self._client.authorize_access_token(request, user_agent=user_agent)
            claims = dict(token.pop("userinfo", None) or {})
            if not claims:
                raise ProviderRefused("invalid_id_token", "The answer holds no ID token.")
            person = dict(await self._client.userinfo(token=token))
        # OIDC Core §5.3.2: claims about somebody else must not be used.
        if person.get("sub") != claims["sub"]:
            raise ProviderRefused("invalid_userinfo", "The answer is about another person.")
        _check_strength(claims, wanted_acr=pending["wanted_acr"].split(), wanted_max_age=pending["wanted_max_age"])
        return SignIn(token=dict(token), claims=claims, person=person, return_to=pending["return_to"])

    async def abandon(self, request: Request) -> str:
        """Forgets the pending sign-in that the answer belongs to, and says where it was to return."""
        state = request.query_params.get("state", "")
        pending = await self._client.framework.get_state_data(request.session, state)
        await self._client.framework.clear_state_data(request.session, state)
        return str(pending["return_to"]) if pending else "/"

    async def refresh(self, token: dict[str, Any], *, subject: str, user_agent: str) -> dict[str, Any]:
        """The successor of `token`. Raises `ProviderRefused` or `ProviderUnreachable`."""
        with _provider_calls():
            metadata = await self._metadata()
            async with AsyncOAuth2Client(**self._credentials, **self._connection, token=dict(token)) as client:
                renewed = dict(await client.refresh_token(metadata["token_endpoint"], user_agent=user_agent))
            if renewed.get("id_token") not in {None, token.get("id_token")}:
                claims = await self._client.parse_id_token(renewed, nonce=None)
                # OIDC Core §12.2: a refreshed ID token speaks of the same person.
                if claims["sub"] != subject:
                    raise ProviderRefused("invalid_id_token", "The refreshed token is another person's.")
        return {"id_token": token.get("id_token")} | renewed

    async def own_token(self, scope: str) -> str:
        """An access token of the client's own. Raises `ProviderRefused` or `ProviderUnreachable`."""
        with _provider_calls():
            metadata = await self._metadata()
            async with AsyncOAuth2Client(**self._credentials, **self._connection, scope=scope) as client:
                token = await client.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
        return str(token["access_token"])

    async def keys(self, anew: bool) -> dict[str, Any]:
        """The JWKS, from memory unless it is wanted `anew`. Raises `ProviderUnreachable`."""
        with _provider_calls():
            await self._metadata()
            return dict(await self._client.fetch_jwk_set(force=anew))

    async def leave_url(self, request: Request, *, id_token: str, return_to: str, locale: str) -> str:
        """The address of an RP-initiated logout; `state` ties the return to this browser."""
        with _provider_calls():
            await self._metadata()
            leaving = await self._client.create_logout_url(
                post_logout_redirect_uri=return_to, id_token_hint=id_token, ui_locales=locale
            )
        request.session["leaving"] = leaving["state"]
        return str(leaving["url"])

    async def _metadata(self) -> dict[str, Any]:
        metadata: dict[str, Any] = await self._client.load_server_metadata()
        # OIDC Discovery §4.3: the document must speak of the issuer it was asked for.
        if metadata.get("issuer") != self._issuer:
            metadata.pop("_loaded_at", None)
            raise ProviderUnreachable("the metadata names another issuer")
        return metadata


def _check_strength(claims: dict[str, Any], *, wanted_acr: list[str], wanted_max_age: str) -> None:
    # OIDC Core §3.1.2.1: acr_values is a wish; only the acr in the ID token says what was done.
    if wanted_acr and claims.get("acr") not in wanted_acr:
        raise ProviderRefused("unmet_authentication_requirements", "The sign-in was not as strong as asked.")
    # OIDC Core §3.1.3.7 number 13: whoever asked for max_age looks at auth_time.
    if wanted_max_age and int(claims.get("auth_time", 0)) + int(wanted_max_age) < int(claims["iat"]):
        raise ProviderRefused("unmet_authentication_requirements", "The sign-in was not as recent as asked.")


@contextmanager
def _provider_calls() -> Iterator[None]:
    """Turns what the libraries raise into the three outcomes that the pages know."""
    try:
        yield
    except JoseError as error:
        raise ProviderRefused("invalid_id_token", str(error)) from error
    except OAuthError as error:
        raise ProviderRefused(str(error.error), error.description or "") from error
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, KeyError) as error:
        raise ProviderUnreachable(str(error)) from error


def is_stale(token: dict[str, Any], *, now: int, leeway: int = 60) -> bool:
    """Whether the access token ends within `leeway` seconds: refresh before using it."""
    return int(token.get("expires_at", 0)) - leeway <= now


def sign_out_locally(session: BrowserSession) -> None:
    """Forgets the person; the language and the browser's pending sign-ins stay."""
    for name in ("token", "claims", "person", "story"):
        session.pop(name, None)
    session.renew()
