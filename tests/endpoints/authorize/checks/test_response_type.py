"""`response_type`: the code flow, and nothing that would put a token into a URL."""

import itertools

import pytest

from tests.support.calls import answer_to, get, json_of
from tests.support.relying_party import RelyingParty

PARTS = ("code", "token", "id_token")
COMBINATIONS = [" ".join(parts) for count in (1, 2, 3) for parts in itertools.permutations(PARTS, count)]
OTHERS = ["none", "CODE", "code code", "code none", "device", "code\u00a0token", "password"]


@pytest.mark.requirement("AZ-07")
async def test_only_code_works(rp: RelyingParty) -> None:
    """Implicit, hybrid and invented types are refused in the specification's word; the metadata lists what works."""
    answers = {value: await answer_to(rp, response_type=value) for value in COMBINATIONS + OTHERS}
    assert answers.pop("code") == "/login"
    assert set(answers.values()) == {"unsupported_response_type"}
    metadata = json_of(await get(rp.provider, "/.well-known/openid-configuration"))
    assert metadata["response_types_supported"] == ["code"]


@pytest.mark.requirement("OC-09")
async def test_missing_response_type_is_an_invalid_request(rp: RelyingParty) -> None:
    """RFC 6749 §3.1.1: also when it is empty."""
    assert await answer_to(rp, response_type=None) == "invalid_request"
    assert await answer_to(rp, response_type="") == "invalid_request"
