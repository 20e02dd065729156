"""Authentication levels."""

import pytest

from idp.protocol.acr import AcrLevels, RequestedAcr, parse_acr_values
from idp.protocol.claims_request import ClaimsRequest
from idp.protocol.errors import ErrorCode, OAuthError

LEVELS = AcrLevels(password="pwd", otp="otp")


@pytest.mark.parametrize(
    ("have", "wanted", "enough"),
    [
        ("pwd", (), True),
        ("", (), True),
        ("pwd", ("pwd",), True),
        ("pwd", ("otp",), False),
        ("otp", ("pwd",), True),
        ("otp", ("otp",), True),
        ("pwd", ("otp", "pwd"), True),
        ("otp", ("unheard-of",), False),
        ("unheard-of", ("unheard-of",), False),
        ("unheard-of", ("pwd",), False),
        ("", ("pwd",), False),
    ],
)
def test_which_login_is_enough(have: str, wanted: tuple[str, ...], enough: bool) -> None:
    """The OTP level includes the password's; a level that we do not know is reached by nothing."""
    assert LEVELS.satisfies(have, wanted) is enough


@pytest.mark.parametrize(
    ("acr_values", "claims", "requested"),
    [
        ((), "", RequestedAcr()),
        (("otp",), "", RequestedAcr(("otp",))),
        (
            ("pwd",),
            '{"id_token": {"acr": {"value": "otp", "essential": true}}}',
            RequestedAcr(("otp",), essential=True),
        ),
        (("pwd",), '{"id_token": {"acr": {"value": "otp"}}}', RequestedAcr(("pwd",))),
        ((), '{"id_token": {"acr": {"values": ["otp", "pwd"]}}}', RequestedAcr(("otp", "pwd"))),
        ((), '{"userinfo": {"acr": {"value": "otp", "essential": true}}}', RequestedAcr()),
    ],
)
def test_what_a_request_asks_for(acr_values: tuple[str, ...], claims: str, requested: RequestedAcr) -> None:
    """The essential claim goes first, then the parameter, then the voluntary claim."""
    assert LEVELS.requested(acr_values, ClaimsRequest.parse(claims)) == requested


def test_the_level_to_aim_for() -> None:
    """The client's first preference that exists here."""
    assert LEVELS.preferred(("gold", "otp", "pwd")) == "otp"
    assert LEVELS.preferred(("gold",)) is None


@pytest.mark.parametrize(
    ("have", "wanted", "reported"),
    [
        ("otp", (), "otp"),
        ("otp", ("pwd", "otp"), "otp"),
        ("otp", ("pwd",), "pwd"),
        ("pwd", ("otp",), "pwd"),
        ("pwd", ("otp", "pwd"), "pwd"),
        ("pwd", ("gold",), "pwd"),
    ],
)
def test_the_level_to_report(have: str, wanted: tuple[str, ...], reported: str) -> None:
    """One of those asked for where possible, and never more than the login was."""
    assert LEVELS.reported(have, wanted) == reported


def test_reads_acr_values() -> None:
    """Each value once, in order of preference."""
    assert parse_acr_values("otp pwd otp") == ("otp", "pwd")
    assert parse_acr_values(None) == parse_acr_values("") == ()


@pytest.mark.requirement("DS-05")
@pytest.mark.parametrize(
    "text", [" ".join(f"a{number}" for number in range(10_000)), " ".join("abcdefghijklmnopq"), " "]
)
def test_refuses_too_many_acr_values(text: str) -> None:
    """Ten thousand levels, or only a blank."""
    with pytest.raises(OAuthError) as caught:
        parse_acr_values(text)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
