"""Clients without redirects: devices (RFC 8628) and those that ask for people elsewhere (CIBA §4)."""

from typing import Any

import pytest

from idp.clients.backchannel_authentication import CIBA
from idp.clients.client import InvalidClientMetadata
from idp.clients.device_authorization import DEVICE_CODE
from idp.clients.metadata import parse_client_metadata
from tests.support.client_keys import ClientKey

TV: dict[str, Any] = {"application_type": "native", "grant_types": [DEVICE_CODE, "refresh_token"]}
BANK: dict[str, Any] = {"grant_types": [CIBA], "backchannel_token_delivery_mode": "poll"}
PING = {
    "backchannel_token_delivery_mode": "ping",
    "backchannel_client_notification_endpoint": "https://bank.example/ping",
}


def test_a_device_needs_no_redirect_uri() -> None:
    """It is public, asks for the usual scopes, and has no response type."""
    client = parse_client_metadata("tv", TV)
    assert client.is_public
    assert client.scope == ("openid", "profile", "email")
    assert (client.redirect_uris, client.response_types) == ((), ())
    assert client.backchannel_authentication.delivery_mode is None


def test_a_client_may_have_both_ways() -> None:
    """A program that opens a browser where there is one, and shows a code where there is none."""
    both = {**TV, "grant_types": ["authorization_code", DEVICE_CODE], "redirect_uris": ["http://127.0.0.1/cb"]}
    assert parse_client_metadata("both", {**both, "issue_refresh_token": "never"}).response_types == ("code",)


def test_the_members_of_ciba_are_read() -> None:
    """Mode, address and algorithm."""
    metadata = (
        BANK | PING | {"backchannel_authentication_request_signing_alg": "PS256", "jwks": ClientKey.generate().jwks}
    )
    client = parse_client_metadata("bank", metadata)
    asked = client.backchannel_authentication
    assert asked.wants_ping
    assert asked.notification_endpoint == "https://bank.example/ping"
    assert asked.request_signing_alg == "PS256"


@pytest.mark.parametrize(
    ("metadata", "member"),
    [
        (BANK | {"backchannel_token_delivery_mode": "push"}, "backchannel_token_delivery_mode"),
        ({"grant_types": [CIBA]}, "backchannel_token_delivery_mode"),
        (TV | {"backchannel_token_delivery_mode": "poll"}, "backchannel_token_delivery_mode"),
        (BANK | {"backchannel_token_delivery_mode": "ping"}, "backchannel_client_notification_endpoint"),
        (BANK | PING | {"backchannel_token_delivery_mode": "poll"}, "backchannel_client_notification_endpoint"),
        (
            BANK | PING | {"backchannel_client_notification_endpoint": "http://bank.example/ping"},
            "backchannel_client_notification_endpoint",
        ),
        (
            BANK | {"backchannel_authentication_request_signing_alg": "RS256"},
            "backchannel_authentication_request_signing_alg",
        ),
        (
            BANK | {"backchannel_authentication_request_signing_alg": "ES256"},
            "backchannel_authentication_request_signing_alg",
        ),
        (BANK | {"backchannel_user_code_parameter": True}, "backchannel_user_code_parameter"),
        (BANK | {"application_type": "native", "token_endpoint_auth_method": "none"}, "token_endpoint_auth_method"),
        (TV | {"application_type": "service"}, "grant_types"),
        (TV | {"redirect_uris": ["http://127.0.0.1/cb"]}, "redirect_uris"),
    ],
)
def test_a_mistake_is_named(metadata: dict[str, Any], member: str) -> None:
    """The member that cannot stay as it is."""
    with pytest.raises(InvalidClientMetadata) as refused:
        parse_client_metadata("bank", metadata)
    assert refused.value.member == member
