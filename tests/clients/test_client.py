"""Metadata becomes a client, or a refusal that names the member."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.clients.client import Client, InvalidClientMetadata, is_valid_client_id
from idp.clients.metadata import parse_client_metadata
from idp.protocol.errors import ErrorCode

WEB: dict[str, Any] = {"client_name": "Portal", "redirect_uris": ["https://portal.example.com/cb"]}
SPA: dict[str, Any] = {**WEB, "application_type": "spa"}
NATIVE: dict[str, Any] = {"application_type": "native", "redirect_uris": ["com.example.app:/cb", "http://127.0.0.1/cb"]}
SERVICE: dict[str, Any] = {"application_type": "service"}


def parse(metadata: dict[str, Any], **changes: object) -> Client:
    """The client of the metadata with some members changed."""
    return parse_client_metadata("portal", {**metadata, **changes})


@pytest.mark.parametrize(
    ("metadata", "auth_method", "grant_types", "binding"),
    [
        (WEB, "client_secret_basic", ("authorization_code", "refresh_token"), "auto"),
        ({**WEB, "first_party": True}, "client_secret_basic", ("authorization_code", "refresh_token"), "required"),
        (SPA, "none", ("authorization_code", "refresh_token"), "auto"),
        (NATIVE, "none", ("authorization_code", "refresh_token"), "auto"),
        (SERVICE, "client_secret_basic", ("client_credentials",), "off"),
        ({**SERVICE, "first_party": True}, "client_secret_basic", ("client_credentials",), "off"),
    ],
)
def test_the_type_decides_the_defaults(
    metadata: dict[str, Any], auth_method: str, grant_types: tuple[str, ...], binding: str
) -> None:
    """An operator writes a name and an address; the rest follows from the kind of application."""
    client = parse(metadata)
    assert client.token_endpoint_auth_method == auth_method
    assert client.grant_types == grant_types
    assert client.user_agent_binding == binding
    assert client.require_pkce
    assert client.is_active
    assert client.id_token_signed_response_alg == client.access_token_signed_response_alg == "ES256"
    assert client.user_agent_policy is None
    assert client.is_public == (auth_method == "none")


def test_response_types_are_sets_of_words() -> None:
    """RFC 7591 §2: whatever order they are written in, they are stored in one spelling; each needs its grant types."""
    written = ["token id_token code", "code", "token id_token"]
    client = parse(WEB, grant_types=["authorization_code", "implicit"], response_types=written)
    assert client.response_types == ("code id_token token", "code", "id_token token")
    implicit = parse(SPA, grant_types=["implicit"], response_types=["id_token"])
    assert implicit.scope == ("openid", "profile", "email")
    assert not implicit.may_get_refresh_token


def test_a_service_has_no_part_in_logins() -> None:
    """No response type, no scope, no refresh token."""
    client = parse(SERVICE)
    assert (client.response_types, client.scope, client.redirect_uris) == ((), (), ())
    assert not client.may_get_refresh_token
    assert not client.allows_grant_type("authorization_code")


def test_a_nameless_client_is_called_by_its_id() -> None:
    """RFC 7591 §2."""
    assert parse(SERVICE).client_name == "portal"


def test_every_member_is_read() -> None:
    """All of what can be declared arrives under its name."""
    declared: dict[str, Any] = {
        "client_name": "Portál",
        "application_type": "web",
        "redirect_uris": ["https://portal.example.com/cb"],
        "post_logout_redirect_uris": ["https://portal.example.com/"],
        "grant_types": ["authorization_code", "client_credentials", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_post",
        "scope": "openid email offline_access",
        "client_uri": "https://portal.example.com/",
        "logo_uri": "https://portal.example.com/logo.svg",
        "policy_uri": "https://portal.example.com/privacy",
        "tos_uri": "https://portal.example.com/terms",
        "contacts": ["ops@example.com"],
        "initiate_login_uri": "https://portal.example.com/login",
        "id_token_signed_response_alg": "RS256",
        "access_token_signed_response_alg": "EdDSA",
        "default_max_age": 0,
        "require_auth_time": True,
        "default_acr_values": ["urn:idp:acr:otp"],
        "first_party": True,
        "security_profile": "oidc",
        "user_agent_binding": "auto",
        "user_agent_policy": "exact",
        "require_pkce": False,
        "allowed_acr": ["urn:idp:acr:pwd", "urn:idp:acr:otp"],
        "issue_refresh_token": "always",
        "audience": ["https://api.example.com"],
        "resource_of": ["https://api.example.com"],
        "sign_in_button": "Sign in to WEDOS Global",
    }
    client = parse_client_metadata("portal", declared)
    for member, value in declared.items():
        expected = tuple(value.split()) if member == "scope" else tuple(value) if isinstance(value, list) else value
        assert getattr(client, member) == expected, member


@pytest.mark.parametrize(
    ("changes", "member"),
    [
        ({"redirect_uri": "https://portal.example.com/cb"}, "redirect_uri"),
        ({"Client_Name": "x"}, "Client_Name"),
        ({"client_name": 5}, "client_name"),
        ({"client_name": " "}, "client_name"),
        ({"client_name": "a\nb"}, "client_name"),
        ({"client_name": ["a"]}, "client_name"),
        ({"client_name": "x" * 2001}, "client_name"),
        ({"redirect_uris": "https://portal.example.com/cb"}, "redirect_uris"),
        ({"redirect_uris": [5]}, "redirect_uris"),
        ({"redirect_uris": [None]}, "redirect_uris"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": ["https://a.example/"] * 2}, "redirect_uris"),
        ({"redirect_uris": [f"https://a.example/{number}" for number in range(65)]}, "redirect_uris"),
        ({"redirect_uris": {"0": "https://a.example/"}}, "redirect_uris"),
        ({"redirect_uris": ["http://portal.example.com/cb"]}, "redirect_uris"),
        ({"redirect_uris": ["https://ok.example/", "javascript:alert(1)"]}, "redirect_uris"),
        ({"redirect_uris": ["com.example.app:/cb"]}, "redirect_uris"),
        ({"post_logout_redirect_uris": ["https://portal.example.com/#x"]}, "post_logout_redirect_uris"),
        ({"logo_uri": "javascript:alert(1)"}, "logo_uri"),
        ({"client_uri": 5}, "client_uri"),
        ({"initiate_login_uri": "http://portal.example.com/login"}, "initiate_login_uri"),
        ({"application_type": "website"}, "application_type"),
        ({"application_type": True}, "application_type"),
        ({"token_endpoint_auth_method": "private_key"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": ["none"]}, "token_endpoint_auth_method"),
        ({"grant_types": "authorization_code"}, "grant_types"),
        ({"grant_types": ["password"]}, "grant_types"),
        ({"grant_types": ["password", "implicit"]}, "grant_types"),
        ({"grant_types": []}, "grant_types"),
        ({"grant_types": ["refresh_token"]}, "grant_types"),
        ({"grant_types": ["refresh_token"], "response_types": ["code"]}, "response_types"),
        ({"grant_types": ["client_credentials"], "response_types": []}, "redirect_uris"),
        ({"response_types": ["token"]}, "response_types"),
        ({"response_types": ["none"]}, "response_types"),
        ({"response_types": ["code token", "token code"]}, "response_types"),
        ({"response_types": ["code", "id_token"]}, "response_types"),
        ({"response_types": ["code id_token"]}, "response_types"),
        ({"grant_types": ["implicit"]}, "response_types"),
        ({"grant_types": ["implicit"], "response_types": ["id_token code"]}, "response_types"),
        ({"grant_types": ["authorization_code", "implicit"], "response_types": ["code"]}, "response_types"),
        ({"grant_types": ["implicit", "refresh_token"], "response_types": ["id_token"]}, "grant_types"),
        ({"response_modes": ["web_message"]}, "response_modes"),
        ({"response_modes": "query"}, "response_modes"),
        ({"authorization_signed_response_alg": "none"}, "authorization_signed_response_alg"),
        ({"authorization_signed_response_alg": "HS256"}, "authorization_signed_response_alg"),
        ({"authorization_encrypted_response_alg": "RSA-OAEP"}, "authorization_encrypted_response_alg"),
        ({"response_types": []}, "response_types"),
        ({"scope": ["openid"]}, "scope"),
        ({"scope": 'open"id'}, "scope"),
        ({"scope": " ".join(f"s{number}" for number in range(65))}, "scope"),
        ({"contacts": "ops@example.com"}, "contacts"),
        ({"first_party": "0"}, "first_party"),
        ({"first_party": 1}, "first_party"),
        ({"require_pkce": "false"}, "require_pkce"),
        ({"require_auth_time": 0}, "require_auth_time"),
        ({"default_max_age": True}, "default_max_age"),
        ({"default_max_age": "60"}, "default_max_age"),
        ({"default_max_age": -1}, "default_max_age"),
        ({"default_max_age": 1.5}, "default_max_age"),
        ({"default_max_age": 2**31}, "default_max_age"),
        ({"default_acr_values": "otp"}, "default_acr_values"),
        ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg"),
        ({"id_token_signed_response_alg": "HS256"}, "id_token_signed_response_alg"),
        ({"access_token_signed_response_alg": "HS256"}, "access_token_signed_response_alg"),
        ({"security_profile": "fapi3"}, "security_profile"),
        ({"user_agent_binding": True}, "user_agent_binding"),
        ({"user_agent_binding": "on"}, "user_agent_binding"),
        ({"user_agent_policy": "strict"}, "user_agent_policy"),
        ({"issue_refresh_token": "sometimes"}, "issue_refresh_token"),
        ({"issue_refresh_token": True}, "issue_refresh_token"),
        ({"grant_types": ["authorization_code"], "issue_refresh_token": "always"}, "issue_refresh_token"),
        ({"token_endpoint_auth_method": "none", "require_pkce": False}, "require_pkce"),
        ({"token_endpoint_auth_method": "none", "resource_of": ["https://api.example.com"]}, "resource_of"),
        (
            {"token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "client_credentials"]},
            "token_endpoint_auth_method",
        ),
    ],
)
def test_a_mistake_is_named(changes: dict[str, Any], member: str) -> None:
    """Unknown members, wrong types and contradictions are refused: nothing is repaired or guessed."""
    with pytest.raises(InvalidClientMetadata) as caught:
        parse(WEB, **changes)
    assert caught.value.member == member
    assert caught.value.reason


@pytest.mark.parametrize(
    ("metadata", "member"),
    [
        ({**SPA, "token_endpoint_auth_method": "client_secret_basic"}, "token_endpoint_auth_method"),
        ({**SPA, "require_pkce": False}, "require_pkce"),
        ({**SPA, "redirect_uris": ["com.example.app:/cb"]}, "redirect_uris"),
        ({**NATIVE, "redirect_uris": ["myapp://cb"]}, "redirect_uris"),
        ({**SERVICE, "token_endpoint_auth_method": "none"}, "token_endpoint_auth_method"),
        ({**SERVICE, "redirect_uris": ["https://portal.example.com/cb"]}, "redirect_uris"),
        ({**SERVICE, "grant_types": ["authorization_code"]}, "grant_types"),
        ({True: "on"}, "True"),
        ({"<script>": 1}, "?script?"),
    ],
)
def test_what_a_type_cannot_have(metadata: dict[Any, Any], member: str) -> None:
    """A browser keeps no secret, a service has no users."""
    with pytest.raises(InvalidClientMetadata) as caught:
        parse_client_metadata("portal", {**WEB, **metadata} if not metadata.get("application_type") else metadata)
    assert caught.value.member == member


@pytest.mark.requirement("AZ-03")
def test_a_bad_redirect_uri_has_its_own_code() -> None:
    """RFC 7591 §3.2.2."""
    for changes, code in (
        ({"redirect_uris": ["javascript:alert(1)"]}, ErrorCode.INVALID_REDIRECT_URI),
        ({"scope": 5}, ErrorCode.INVALID_CLIENT_METADATA),
    ):
        with pytest.raises(InvalidClientMetadata) as caught:
            parse(WEB, **changes)
        assert caught.value.code is code


@pytest.mark.parametrize(
    ("client_id", "is_valid"),
    [
        ("portal", True),
        ("s6BhdRkqt3", True),
        ("a" * 128, True),
        ("a" * 129, False),
        ("", False),
        ("acc_x", False),
        ("a b", False),
        ("a:b", False),
        ("a\n", False),
        ("ž", False),
    ],
)
def test_client_ids(client_id: str, is_valid: bool) -> None:
    """A client id needs no encoding, and is never taken for an account's."""
    assert is_valid_client_id(client_id) is is_valid
    if not is_valid:
        with pytest.raises(InvalidClientMetadata):
            parse_client_metadata(client_id, WEB)


def test_a_resource_server_needs_no_grant() -> None:
    """A client that only introspects asks for no tokens."""
    client = parse(SERVICE, grant_types=[], resource_of=["https://api.example.com"])
    assert client.grant_types == ()
    assert client.resource_of == ("https://api.example.com",)


def test_null_means_left_out() -> None:
    """An empty line of YAML is no value."""
    assert parse(WEB, logo_uri=None, scope=None, first_party=None) == parse(WEB)


ANY_VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["none", "web", "code"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
MEMBERS = st.sampled_from([name for name in Client.__dataclass_fields__ if name not in {"client_id"}]) | st.text(
    max_size=8
)


@settings(deadline=None, max_examples=300)
@given(st.dictionaries(MEMBERS, ANY_VALUE, max_size=6))
def test_any_metadata_is_a_client_or_a_refusal(changes: dict[str, Any]) -> None:
    """No value of any type raises anything else."""
    try:
        client = parse(WEB, **changes)
    except InvalidClientMetadata:
        return
    assert client.redirect_uris
