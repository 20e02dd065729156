"""`max_age`: a whole number of seconds."""

from tests.support.calls import answer_to
from tests.support.relying_party import RelyingParty

AGES = {
    "0": "/login",
    "1": "/login",
    "300": "/login",
    "999999999": "/login",
    "007": "/login",
    "-1": "invalid_request",
    "1.5": "invalid_request",
    "1e3": "invalid_request",
    "+5": "invalid_request",
    " 5": "invalid_request",
    "5s": "invalid_request",
    "²": "invalid_request",
    "٣": "invalid_request",
    "NaN": "invalid_request",
    "9" * 10: "invalid_request",
    "9" * 5000: "invalid_request",
}


async def test_max_age_is_a_number_of_seconds(rp: RelyingParty) -> None:
    """Digits of other scripts, fractions, signs and numbers that no login is old enough for are refused."""
    assert {age: await answer_to(rp, max_age=age) for age in AGES} == AGES
