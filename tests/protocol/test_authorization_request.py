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
    dpop_jkt="a-thumbprint",
    resources=("https://api.example",),
    authorization_details=({"type": "payment", "actions": ["initiate"]},),
    pushed_request="a-pushed-request",
    decoupled_id="a-decoupled-request",
)


@pytest.mark.parametrize("request_", [SMALL, FULL])
def test_survives_json(request_: AuthorizationRequest) -> None:
    """Every member comes back as it was: state and nonce to the letter, max_age=0 as a zero."""
    assert AuthorizationRequest.from_json(json.loads(json.dumps(request_.to_json()))) == request_


@pytest.mark.parametrize("request_", [SMALL, FULL])
def test_survives_an_address(request_: AuthorizationRequest) -> None:
    """Without names, too."""
    assert AuthorizationRequest.from_list(json.loads(json.dumps(request_.to_list()))) == request_


def test_members_keep_their_places() -> None:
    """An address that was sealed before an update is read after it: a new member comes last."""
    assert FULL.to_list() == [
        "portal",
        "https://portal.example.com/callback?a=b",
        "code",
        "form_post",
        ("openid", "email"),
        "-._~" * 32,
        "řetízek",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        ("login", "consent"),
        0,
        ("otp",),
        {"id_token": {"acr": {"essential": True, "values": ["otp"]}, "email": None}},
        "jana@example.com",
        "acc_1",
        ("cs", "en"),
        "page",
        "a-thumbprint",
        ("https://api.example",),
        ({"type": "payment", "actions": ["initiate"]},),
        "a-pushed-request",
        "a-decoupled-request",
    ]


def test_what_was_not_asked_for_takes_no_room() -> None:
    """A flow's token travels in a URL."""
    assert SMALL.to_json().keys() == {"client_id", "redirect_uri", "response_type", "response_mode"}
    assert SMALL.to_list() == ["portal", "https://portal.example.com/callback", "code", "query"]


def test_members_of_another_version_are_refused() -> None:
    """A sealed request of a later version is not half understood."""
    with pytest.raises(TypeError):
        AuthorizationRequest.from_json({**SMALL.to_json(), "resource": ["a"]})
    with pytest.raises(TypeError):
        AuthorizationRequest.from_list([*FULL.to_list(), "a"])
