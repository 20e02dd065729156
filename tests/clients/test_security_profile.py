"""What the security profile `fapi2` leaves of a client's metadata, and in which words it refuses the rest."""

from typing import Any

import pytest

from idp.clients.client import InvalidClientMetadata
from idp.clients.metadata import parse_client_metadata
from tests.support.client_keys import ClientKey

GOOD: dict[str, Any] = {
    "security_profile": "fapi2",
    "redirect_uris": ["https://bank.example/cb"],
    "token_endpoint_auth_method": "private_key_jwt",
    "jwks": ClientKey.generate().jwks,
    "dpop_bound_access_tokens": True,
}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a secret": (
        {"token_endpoint_auth_method": "client_secret_basic"},
        "token_endpoint_auth_method must be one of private_key_jwt, self_signed_tls_client_auth, tls_client_auth",
    ),
    "no proof at all": (
        {"application_type": "native", "token_endpoint_auth_method": "none"}, "token_endpoint_auth_method",
    ),
    "assertions in RS256": (
        {"token_endpoint_auth_signing_alg": "RS256"}, "token_endpoint_auth_signing_alg must be one of",
    ),
    "requests in RS256": ({"request_object_signing_alg": "RS256"}, "request_object_signing_alg must be one of"),
    "ID tokens in RS256": ({"id_token_signed_response_alg": "RS256"}, "id_token_signed_response_alg must be one of"),
    "access tokens in RS256": (
        {"access_token_signed_response_alg": "RS256"}, "access_token_signed_response_alg must be one of",
    ),
    "tokens for anybody": ({"dpop_bound_access_tokens": False}, "dpop_bound_access_tokens"),
    "no PKCE": ({"require_pkce": False}, "require_pkce cannot be switched off"),
}  # fmt: skip


@pytest.mark.requirement("OT-26")
@pytest.mark.parametrize(("changes", "reason"), BAD.values(), ids=list(BAD))
def test_what_the_profile_forbids(changes: dict[str, Any], reason: str) -> None:
    """FAPI 2.0 Security Profile §5.3.2, §5.4: refused at registration, by the member's name."""
    with pytest.raises(InvalidClientMetadata) as refused:
        parse_client_metadata("bank", GOOD | changes)
    assert str(refused.value).startswith(reason)
    assert str(refused.value).endswith("in the security profile fapi2")


@pytest.mark.requirement("OT-26")
def test_what_the_profile_allows() -> None:
    """PS256, ES256 and EdDSA, and certificates instead of proofs; the same metadata is free in the profile `oidc`."""
    for alg in ("PS256", "ES256", "EdDSA", "Ed25519"):
        client = parse_client_metadata("bank", GOOD | {"token_endpoint_auth_signing_alg": alg})
        assert client.profile.name == "fapi2"
    certificates = {"dpop_bound_access_tokens": False, "tls_client_certificate_bound_access_tokens": True}
    assert parse_client_metadata("bank", GOOD | certificates).profile.must_push
    for changes, _ in BAD.values():
        assert parse_client_metadata("shop", GOOD | changes | {"security_profile": "oidc"}).profile.name == "oidc"
    with pytest.raises(InvalidClientMetadata, match="security_profile must be one of oidc, fapi2"):
        parse_client_metadata("bank", GOOD | {"security_profile": "fapi1"})


def test_requests_are_signed_by_keys_that_exist() -> None:
    """RFC 9101 §10.5: nothing about request objects without a key; addresses as strict as any other."""
    shop = {"redirect_uris": ["https://shop.example/cb"]}
    for member, value in (
        ("request_object_signing_alg", "ES256"),
        ("require_signed_request_object", True),
    ):
        with pytest.raises(InvalidClientMetadata, match=f"{member} needs jwks or jwks_uri"):
            parse_client_metadata("shop", shop | {member: value})
    keys = shop | {"jwks": GOOD["jwks"]}
    for uri in ("http://shop.example/r", "https://user@shop.example/r", "urn:x", "https://shop.example/../r"):
        with pytest.raises(InvalidClientMetadata, match="request_uris"):
            parse_client_metadata("shop", keys | {"request_uris": [uri]})
    with pytest.raises(InvalidClientMetadata, match="request_object_signing_alg must be one of"):
        parse_client_metadata("shop", keys | {"request_object_signing_alg": "none"})
    found = parse_client_metadata("shop", keys | {"request_uris": ["https://shop.example/r#hash"]})
    assert found.request_objects.request_uris == ("https://shop.example/r#hash",)
