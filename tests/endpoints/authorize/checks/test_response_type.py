"""`response_type`: what the client is registered for, `code` unless it says more."""

import itertools

import pytest

from tests.support.calls import answer_to, get, json_of
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty
from tests.support.responses import registered_for_all

PARTS = ("code", "token", "id_token")
COMBINATIONS = [" ".join(parts) for count in (1, 2, 3) for parts in itertools.permutations(PARTS, count)]
OTHERS = ["none", "CODE", "code code", "code none", "device", "code\u00a0token", "password", "code  token", " code"]


@pytest.mark.requirement("AZ-07")
async def test_only_code_works_by_default(rp: RelyingParty) -> None:
    """Implicit, hybrid and invented types are refused in the specification's word."""
    answers = {value: await answer_to(rp, response_type=value) for value in COMBINATIONS + OTHERS}
    assert answers.pop("code") == "/login"
    assert set(answers.values()) == {"unsupported_response_type"}


@pytest.mark.requirement("AZ-07")
async def test_registered_types_work_in_any_order_and_token_never_alone(provider: Provider) -> None:
    """The metadata lists what a client can be registered for, and that is all."""
    rp = await registered_for_all(provider)
    answers = {value: await answer_to(rp, response_type=value) for value in COMBINATIONS + OTHERS}
    refused = {value for value, answer in answers.items() if answer == "unsupported_response_type"}
    assert refused == {"token", *OTHERS}
    assert {answers[value] for value in answers.keys() - refused} == {"/login"}
    metadata = json_of(await get(rp.provider, "/.well-known/openid-configuration"))
    listed = {frozenset(value.split()) for value in metadata["response_types_supported"]}
    assert listed == {frozenset(value.split()) for value in answers.keys() - refused}


@pytest.mark.requirement("AZ-07")
async def test_each_registration_is_for_itself(provider: Provider) -> None:
    """A client with one hybrid type has no other, and not the code flow."""
    grant_types = ["authorization_code", "implicit"]
    client = await provider.client(
        "one", grant_types=grant_types, response_types=["code id_token"], issue_refresh_token="never"
    )
    rp = RelyingParty(provider, client)
    answers = {value: await answer_to(rp, response_type=value) for value in COMBINATIONS}
    assert {value for value, answer in answers.items() if answer == "/login"} == {"code id_token", "id_token code"}
    assert answers["code"] == "unauthorized_client"


@pytest.mark.requirement("OC-09")
async def test_missing_response_type_is_an_invalid_request(rp: RelyingParty) -> None:
    """RFC 6749 §3.1.1: also when it is empty."""
    assert await answer_to(rp, response_type=None) == "invalid_request"
    assert await answer_to(rp, response_type="") == "invalid_request"
