"""`acr_values` and an essential `acr`: a level that does not exist is an error where it is insisted on."""

import json

import pytest

from tests.support.calls import answer_to
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

PASSWORD_LEVEL, OTP_LEVEL = "urn:idp:acr:pwd", "urn:idp:acr:otp"


def essential_acr(*values: str) -> str:
    return json.dumps({"id_token": {"acr": {"essential": True, "values": list(values)}}})


REQUESTS: dict[str, tuple[dict[str, str | None], str]] = {
    "one level": ({"acr_values": OTP_LEVEL}, "/login"),
    "in order of preference": ({"acr_values": f"{OTP_LEVEL} {PASSWORD_LEVEL}"}, "/login"),
    "unknown, voluntary": ({"acr_values": "1 2"}, "/login"),
    "too many": ({"acr_values": " ".join(str(number) for number in range(100))}, "invalid_request"),
    "too long": ({"acr_values": "x" * 2000}, "invalid_request"),
    "essential": ({"claims": essential_acr(OTP_LEVEL)}, "/login"),
    "essential, one of them exists": ({"claims": essential_acr("gold", PASSWORD_LEVEL)}, "/login"),
    "essential without a value": ({"claims": '{"id_token":{"acr":{"essential":true}}}'}, "/login"),
    "essential, unknown": ({"claims": essential_acr("gold")}, "unmet_authentication_requirements"),
    "essential by one value": (
        {"claims": '{"id_token":{"acr":{"essential":true,"value":"gold"}}}'},
        "unmet_authentication_requirements",
    ),
    "voluntary claim, unknown": ({"claims": '{"id_token":{"acr":{"values":["gold"]}}}'}, "/login"),
}


@pytest.mark.requirement("JW-23")
async def test_levels_that_are_asked_for(rp: RelyingParty) -> None:
    """Asking for a level is free; insisting on one that nobody can reach is refused at once (RFC 9470 §5)."""
    answers = {name: await answer_to(rp, **changes) for name, (changes, _) in REQUESTS.items()}
    assert answers == {name: wanted for name, (_, wanted) in REQUESTS.items()}


async def test_a_client_asks_for_its_own_levels_only(provider: Provider) -> None:
    """`allowed_acr` in the client's metadata bounds what it may send people through."""
    rp = RelyingParty(provider, await provider.client(allowed_acr=[PASSWORD_LEVEL]))
    assert await answer_to(rp, acr_values=PASSWORD_LEVEL) == "/login"
    assert await answer_to(rp, acr_values=OTP_LEVEL) == "invalid_request"
    assert await answer_to(rp, claims=essential_acr(OTP_LEVEL)) == "invalid_request"
