"""The validated request, on its way through a sealed flow."""

import json

import pytest

from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.claims_request import ClaimRule, ClaimsRequest

SMALL = AuthorizationRequest("portal", "https://portal.example.com/callback", "code", "query")
FULL = AuthorizationRequest(
    client_id="portal",
    redirect_uri="https://portal.example.com/callback?a=b",
    response_type="code",
    response_mode="form_post",
    scope=("openid", "email"),
    state="-._~" * 32,
    nonce="řetízek",
    code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    prompt=("login", "consent"),
    max_age=0,
    acr_values=("otp",),
    claims=ClaimsRequest(id_token={"acr": ClaimRule(essential=True, values=("otp",)), "email": None}),
    login_hint="jana@example.com",
    id_token_hint_subject="acc_1",
    ui_locales=("cs", "en"),
    display="page",
)


@pytest.mark.parametrize("request_", [SMALL, FULL])
def test_survives_json(request_: AuthorizationRequest) -> None:
    """Every member comes back as it was: state and nonce to the letter, max_age=0 as a zero."""
    assert AuthorizationRequest.from_json(json.loads(json.dumps(request_.to_json()))) == request_


def test_what_was_not_asked_for_takes_no_room() -> None:
    """A flow's token travels in a URL."""
    assert SMALL.to_json().keys() == {"client_id", "redirect_uri", "response_type", "response_mode"}


def test_members_of_another_version_are_refused() -> None:
    """A sealed request of a later version is not half understood."""
    with pytest.raises(TypeError):
        AuthorizationRequest.from_json({**SMALL.to_json(), "resource": ["a"]})
