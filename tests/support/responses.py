"""Authorization responses as a relying party reads them, whatever way they came."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from joserfc import jws
from joserfc.jwk import KeySet

from idp.keys.algorithms import registry_of
from idp.protocol.response_types import ResponseType
from tests.support.browser import Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of

ALL_TYPES: dict[str, Any] = {
    "response_types": [each.value for each in ResponseType],
    "grant_types": ["authorization_code", "implicit", "refresh_token"],
}


@dataclass(frozen=True, slots=True)
class Response:
    """`place` is query, fragment or form; `jwt` the signed whole, if it was one."""

    place: str
    uri: str
    parameters: dict[str, str]
    jwt: str | None = None

    @property
    def is_error(self) -> bool:
        return "error" in self.parameters

    @property
    def id_token(self) -> dict[str, Any]:
        return claims_of(self.parameters["id_token"])


async def registered_for_all(provider: Provider, client_id: str = "hybrid", **metadata: Any) -> RelyingParty:
    """A client with every response type."""
    return RelyingParty(provider, await provider.client(client_id, **ALL_TYPES | metadata))


def response_of(provider: Provider, page: Page) -> Response:
    """What the browser carries to the application from here; a JWT is verified and opened."""
    parts = urlsplit(page.url)
    if page.status:
        assert len(page.forms) == 1, page.text[-1500:]
        place, uri, pairs = "form", page.forms[0].action, list(page.forms[0].fields.items())
    else:
        place, uri = ("fragment" if parts.fragment else "query"), page.url.partition("#")[0].partition("?")[0]
        pairs = parse_qsl(parts.fragment or parts.query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs), f"a parameter is repeated: {page.url}"
    parameters = dict(pairs)
    if parameters.keys() != {"response"}:
        return Response(place, uri, parameters)
    verified(provider, parameters["response"])
    return Response(place, uri, claims_of(parameters["response"]), jwt=parameters["response"])


def verified(provider: Provider, token: str) -> None:
    """With the published key that its header names; raises for any other."""
    keys = KeySet.import_key_set({"keys": list(provider.wiring.keys.jwks())})  # type: ignore[arg-type]
    algorithm = header_of(token)["alg"]
    jws.deserialize_compact(token, keys, registry=registry_of(algorithm))


def header_of(token: str) -> dict[str, Any]:
    """Of a JWT, unchecked."""
    return claims_of(f".{token}")
