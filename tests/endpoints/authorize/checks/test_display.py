"""`display`: four values."""

import pytest

from tests.support.calls import answer_to
from tests.support.relying_party import RelyingParty

VALUES = {
    "page": "/login",
    "popup": "/login",
    "touch": "/login",
    "wap": "/login",
    "hologram": "invalid_request",
    "PAGE": "invalid_request",
    "x" * 6000: "invalid_request",
}


@pytest.mark.requirement("OC-22")
async def test_display_has_four_values(rp: RelyingParty) -> None:
    """Each gives the same pages, which fit any window (OIDC Core §3.1.2.1)."""
    assert {value: await answer_to(rp, display=value) for value in VALUES} == VALUES
