"""`request`, `request_uri`, `registration`: off, and said so in the specification's words."""

import pytest

from tests.support.calls import answer_to, get, json_of
from tests.support.relying_party import RelyingParty

REFUSALS = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}


@pytest.mark.parametrize(
    "value", ["https://shop.example/request.jwt", "urn:ietf:params:oauth:request_uri:1", "e30.e30."]
)
async def test_request_objects_are_off(rp: RelyingParty, value: str) -> None:
    """OIDC Core §6.1, §6.2, §7.2.1: the client is told, and nothing is fetched; discovery says the same."""
    assert {parameter: await answer_to(rp, **{parameter: value}) for parameter in REFUSALS} == REFUSALS
    metadata = json_of(await get(rp.provider, "/.well-known/openid-configuration"))
    assert metadata["request_parameter_supported"] is False
    assert metadata["request_uri_parameter_supported"] is False
    assert "request_object_signing_alg_values_supported" not in metadata
