"""`response_mode`: the query, for every client."""

import pytest

from tests.support.calls import answer_to
from tests.support.relying_party import RelyingParty

MODES = {
    "query": "/login",
    "fragment": "invalid_request",
    "form_post": "invalid_request",
    "jwt": "invalid_request",
    "query.jwt": "invalid_request",
    "form_post.jwt": "invalid_request",
    "web_message": "invalid_request",
    "QUERY": "invalid_request",
    "query fragment": "invalid_request",
}


@pytest.mark.requirement("AZ-08")
async def test_modes_other_than_query_are_refused(rp: RelyingParty) -> None:
    """The refusal itself travels in the query, where the client expects an answer."""
    assert {mode: await answer_to(rp, response_mode=mode) for mode in MODES} == MODES
