"""`registration` is not offered; `request` and `request_uri` only to clients that registered for them."""

import pytest

from tests.support.calls import answer_to
from tests.support.relying_party import RelyingParty

REFUSALS = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}


@pytest.mark.requirement("OC-23", "OC-24")
@pytest.mark.parametrize("value", ["https://shop.example/request.jwt", "urn:x", "e30.e30."])
async def test_a_client_that_registered_for_nothing(rp: RelyingParty, value: str) -> None:
    """OIDC Core §6.1, §6.2, §7.2.1: it is told in the specification's words."""
    assert {parameter: await answer_to(rp, **{parameter: value}) for parameter in REFUSALS} == REFUSALS
