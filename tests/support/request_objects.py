"""Clients that sign or push their authorization requests."""

import json
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from idp.sealing import base64url
from tests.support.asgi import Answer
from tests.support.calls import get, json_of, post, secret_of
from tests.support.client_keys import ClientKey
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty


async def signing_party(provider: Provider, key: ClientKey, client_id: str = "signer", **metadata: Any) -> RelyingParty:
    """A client whose requests this key signs; with `jwks_uri` in its metadata it publishes the key itself."""
    keys = {} if "jwks_uri" in metadata else {"jwks": key.jwks}
    return RelyingParty(provider, await provider.client(client_id, **(keys | metadata)))


async def fapi2_party(provider: Provider, key: ClientKey, client_id: str = "bank", **metadata: Any) -> RelyingParty:
    """A client of the profile `fapi2`, which proves itself with the same key."""
    given = {
        "security_profile": "fapi2",
        "token_endpoint_auth_method": "private_key_jwt",
        "dpop_bound_access_tokens": True,
        **metadata,
    }
    return await signing_party(provider, key, client_id, **given)


def parameters_of(rp: RelyingParty, **changes: str | None) -> dict[str, str]:
    """A complete authorization request, parameter by parameter."""
    return dict(parse_qsl(urlsplit(rp.authorization_url(**changes)).query))


def claims_for(rp: RelyingParty, **changes: Any) -> dict[str, Any]:
    """The same as the claims of a request object, with all that any profile demands; None leaves one out."""
    now = rp.provider.clock.now()
    about = {"iss": rp.client.id, "aud": rp.provider.issuer, "exp": now + 300, "nbf": now, "iat": now}
    claims = {**parameters_of(rp), **about, "jti": secrets.token_urlsafe(16), **changes}
    return {name: value for name, value in claims.items() if value is not None}


def unsigned(claims: dict[str, Any]) -> str:
    """The claims as a JWT of `alg` none."""
    header, payload = (base64url(json.dumps(part).encode()) for part in ({"alg": "none"}, claims))
    return f"{header}.{payload}."


def url_with(rp: RelyingParty, request: str, **outside: str | None) -> str:
    """An authorization request with `client_id` and the object, and what else a test puts beside it."""
    given = {"client_id": rp.client.id, "request": request, **outside}
    return "/authorize?" + urlencode({name: value for name, value in given.items() if value is not None})


async def push(rp: RelyingParty, form: dict[str, str], key: ClientKey | None = None) -> Answer:
    """Authenticated by the client's secret, or by its key."""
    if key is not None:
        form = form | key.assertion(rp.client.id, rp.provider.issuer, rp.provider.clock.now())
        return await post(rp.provider, "/par", form)
    headers = [secret_of(rp.client)] if rp.client.secret else []
    return await post(rp.provider, "/par", form, *headers)


async def pushed_url(rp: RelyingParty, form: dict[str, str], key: ClientKey | None = None) -> str:
    """The authorization request by the name that the pushed one was given."""
    answer = await push(rp, form, key)
    assert answer.status == 201, answer.text
    return url_of(rp, json_of(answer)["request_uri"])


def url_of(rp: RelyingParty, request_uri: str, **outside: str) -> str:
    return "/authorize?" + urlencode({"client_id": rp.client.id, "request_uri": request_uri, **outside})


async def verdict(answer: Answer) -> str:
    """What a pushed request was answered."""
    return "pushed" if answer.status == 201 else f"{answer.status} {json_of(answer)['error']}"


async def opened(rp: RelyingParty, url: str) -> Answer:
    return await get(rp.provider, url)
