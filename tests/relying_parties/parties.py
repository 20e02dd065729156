"""The applications of an exchange: a shop, the API that it calls, and a service that trusts the HR department."""

from dataclasses import dataclass
from typing import Any

from idp.clients.jwt_bearer import JWT_BEARER
from idp.clients.token_exchange import TOKEN_EXCHANGE
from tests.support.client_keys import ClientKey
from tests.support.live import LiveProvider
from tests.support.provider import TestClient

API, BACKEND, HR = "https://api.example", "https://backend.example", "https://hr.example"


@dataclass(frozen=True, slots=True)
class Parties:
    shop: TestClient
    api: TestClient
    hr: TestClient
    hr_key: ClientKey


def register_parties(live_provider: LiveProvider) -> Parties:
    key = ClientKey.generate()
    service: dict[str, Any] = {"application_type": "service", "scope": "api.read"}
    trusted = {"issuer": HR, "jwks": key.jwks, "subject": "email", "scope": "api.read"}
    return Parties(
        shop=live_provider.client("web-shop", audience=[API, BACKEND], scope="openid profile api.read"),
        api=live_provider.client(
            "api",
            grant_types=[TOKEN_EXCHANGE],
            resource_of=[API],
            token_exchange_audience=[BACKEND],
            token_exchange_impersonation=True,
            introspection_signed_response_alg="ES256",
            **service,
        ),
        hr=live_provider.client("hr", grant_types=[JWT_BEARER], jwt_bearer_issuers=[trusted], **service),
        hr_key=key,
    )
