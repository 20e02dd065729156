"""Members about tokens of others: what a client may exchange, whose assertions it may bring, how it is answered."""

from typing import Any

import pytest

from idp.clients.client import InvalidClientMetadata
from idp.clients.jwt_bearer import JWT_BEARER
from idp.clients.metadata import parse_client_metadata
from idp.clients.token_exchange import TOKEN_EXCHANGE
from tests.support.client_keys import ClientKey

KEYS = ClientKey.generate().jwks
ISSUER: dict[str, Any] = {"issuer": "https://hr.example", "jwks": KEYS, "scope": "api.read"}
SERVICE: dict[str, Any] = {"application_type": "service"}
EXCHANGING = SERVICE | {"grant_types": [TOKEN_EXCHANGE], "token_exchange_audience": ["https://api.example"]}
TRUSTING = SERVICE | {"grant_types": [JWT_BEARER], "jwt_bearer_issuers": [ISSUER]}


def test_nothing_is_on_by_default() -> None:
    """No exchange, no impersonation, nobody's assertions, and RS256 for whoever asks for a JWT (RFC 9701 §6)."""
    client = parse_client_metadata("robot", SERVICE)
    assert (client.token_exchange.audience, client.token_exchange.impersonation) == ((), False)
    assert client.jwt_bearer_issuers == ()
    assert client.authorization_details_types == ()
    assert client.introspection.signed_response_alg == "RS256"


def test_what_is_declared_is_read() -> None:
    """Both groups, each with its defaults."""
    exchanging = parse_client_metadata("robot", EXCHANGING | {"token_exchange_impersonation": True})
    assert exchanging.token_exchange.audience == ("https://api.example",)
    assert exchanging.token_exchange.impersonation
    (issuer,) = parse_client_metadata("robot", TRUSTING).jwt_bearer_issuers
    assert (issuer.issuer, issuer.subject, issuer.scope) == ("https://hr.example", "account_id", ("api.read",))
    assert len(issuer.keys.jwks) == 1


@pytest.mark.parametrize(
    ("metadata", "member"),
    [
        (EXCHANGING | {"token_exchange_audience": []}, "token_exchange_audience"),
        (EXCHANGING | {"grant_types": ["client_credentials"]}, "token_exchange_audience"),
        (EXCHANGING | {"token_exchange_audience": "https://api.example"}, "token_exchange_audience"),
        (EXCHANGING | {"token_exchange_impersonation": "yes"}, "token_exchange_impersonation"),
        (EXCHANGING | {"token_endpoint_auth_method": "none"}, "token_endpoint_auth_method"),
        (TRUSTING | {"jwt_bearer_issuers": []}, "jwt_bearer_issuers"),
        (TRUSTING | {"grant_types": ["client_credentials"]}, "jwt_bearer_issuers"),
        (TRUSTING | {"token_endpoint_auth_method": "none"}, "token_endpoint_auth_method"),
        (TRUSTING | {"jwt_bearer_issuers": ISSUER}, "jwt_bearer_issuers"),
        (TRUSTING | {"jwt_bearer_issuers": ["https://hr.example"]}, "jwt_bearer_issuers"),
        (TRUSTING | {"jwt_bearer_issuers": [ISSUER, ISSUER]}, "jwt_bearer_issuers"),
        (TRUSTING | {"jwt_bearer_issuers": [{"issuer": "x"}]}, "jwt_bearer_issuers"),
        (TRUSTING | {"jwt_bearer_issuers": [{"jwks": KEYS}]}, "jwt_bearer_issuers"),
        (TRUSTING | {"jwt_bearer_issuers": [ISSUER | {"subject": "phone"}]}, "subject"),
        (TRUSTING | {"jwt_bearer_issuers": [ISSUER | {"typo": "x"}]}, "typo"),
        (TRUSTING | {"jwt_bearer_issuers": [ISSUER | {"jwks_uri": "https://hr.example/jwks"}]}, "jwks"),
        (TRUSTING | {"jwt_bearer_issuers": [{"issuer": "x", "jwks_uri": "http://hr.example"}]}, "jwks_uri"),
        (TRUSTING | {"jwt_bearer_issuers": [ISSUER | {"scope": "offline_access"}]}, "jwt_bearer_issuers"),
        (TRUSTING | {"jwt_bearer_issuers": [ISSUER | {"scope": "idp.services.write"}]}, "jwt_bearer_issuers"),
        (TRUSTING | {"jwt_bearer_issuers": [ISSUER | {"scope": 'a"b'}]}, "jwt_bearer_issuers"),
        (SERVICE | {"introspection_signed_response_alg": "HS256"}, "introspection_signed_response_alg"),
        (SERVICE | {"introspection_signed_response_alg": "none"}, "introspection_signed_response_alg"),
        (SERVICE | {"authorization_details_types": "domain"}, "authorization_details_types"),
    ],
)
def test_what_contradicts_itself_is_refused(metadata: dict[str, Any], member: str) -> None:
    """Each with the member that is wrong."""
    with pytest.raises(InvalidClientMetadata) as refused:
        parse_client_metadata("robot", metadata)
    assert refused.value.member == member
