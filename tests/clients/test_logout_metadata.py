"""Where a client may want to be told of a logout."""

from typing import Any

import pytest

from idp.clients.client import InvalidClientMetadata
from idp.clients.logout_metadata import LogoutMetadata
from idp.clients.metadata import parse_client_metadata

WEB: dict[str, Any] = {"redirect_uris": ["https://shop.example/cb", "http://localhost:8080/cb"]}
BOTH: dict[str, Any] = {
    "backchannel_logout_uri": "https://back.example/logout?tenant=7",
    "backchannel_logout_session_required": True,
    "frontchannel_logout_uri": "https://shop.example/out?x=1",
    "frontchannel_logout_session_required": True,
}


def test_every_member_is_read() -> None:
    """Back-Channel and Front-Channel Logout §2.2; none of them is needed."""
    assert parse_client_metadata("shop", WEB).logout == LogoutMetadata()
    assert not LogoutMetadata().wants_notice
    logout = parse_client_metadata("shop", WEB | BOTH).logout
    assert logout == LogoutMetadata(**BOTH)
    assert logout.wants_notice


@pytest.mark.parametrize("member", ["backchannel_logout_uri", "frontchannel_logout_uri"])
@pytest.mark.parametrize(
    "uri",
    [
        "http://shop.example/out",
        "https://shop.example/out#fragment",
        "https://*.shop.example/out",
        "https://user@shop.example/out",
        "com.example.app:/out",
        "javascript:alert(1)",
        "//shop.example/out",
        "out",
        "",
        7,
        ["https://shop.example/out"],
    ],
)
def test_an_address_that_may_not_be_registered(member: str, uri: object) -> None:
    """§2.2: absolute, https (http on loopback alone), without a fragment."""
    with pytest.raises(InvalidClientMetadata) as refusal:
        parse_client_metadata("shop", WEB | {member: uri})
    assert refusal.value.member == member


@pytest.mark.parametrize("member", ["backchannel_logout_session_required", "frontchannel_logout_session_required"])
@pytest.mark.parametrize("value", ["true", 1, None, []])
def test_session_required_is_true_or_false(member: str, value: object) -> None:
    """Nothing that only looks like it; null is a member that is missing."""
    if value is None:
        assert parse_client_metadata("shop", WEB | {member: value}).logout == LogoutMetadata()
        return
    with pytest.raises(InvalidClientMetadata) as refusal:
        parse_client_metadata("shop", WEB | {member: value})
    assert refusal.value.member == member


@pytest.mark.parametrize(
    ("uri", "is_accepted"),
    [
        ("https://shop.example/elsewhere", True),
        ("https://shop.example:443/out", True),
        ("https://SHOP.example/out", True),
        ("http://localhost:8080/out", True),
        ("https://shop.example:8443/out", False),
        ("http://localhost:8081/out", False),
        ("https://www.shop.example/out", False),
        ("https://evil.example/out", False),
    ],
)
def test_a_frame_has_the_origin_of_a_redirect_uri(uri: str, is_accepted: bool) -> None:
    """Front-Channel Logout §2: nobody makes our page load an address that is not theirs."""
    if is_accepted:
        assert parse_client_metadata("shop", WEB | {"frontchannel_logout_uri": uri}).logout.frontchannel_logout_uri
        return
    with pytest.raises(InvalidClientMetadata) as refusal:
        parse_client_metadata("shop", WEB | {"frontchannel_logout_uri": uri})
    assert refusal.value.member == "frontchannel_logout_uri"
