"""Evidence: what was proven and when, and what `acr`, `amr` and `auth_time` say of it."""

import pytest

from idp.protocol.acr import AcrLevels
from idp.sessions.evidence import Evidence, Factor

LEVELS = AcrLevels("pwd-level", "otp-level")


def test_nothing_proven_is_nothing_said() -> None:
    """No method, no time."""
    assert (Evidence().amr, Evidence().auth_time) == ((), 0)


@pytest.mark.requirement("MF-12")
def test_the_claims_follow_the_proofs() -> None:
    """The password alone, then the code, then the password again (which renews no OTP), then OTP switched off."""
    password = Evidence().proven(Factor.PASSWORD, at=100, flow_id="a")
    assert (password.acr(LEVELS), password.amr, password.auth_time) == ("pwd-level", ("pwd",), 100)
    both = password.proven(Factor.OTP, at=130, flow_id="a")
    assert (both.acr(LEVELS), both.amr, both.auth_time) == ("otp-level", ("pwd", "otp", "mfa"), 130)
    again = both.proven(Factor.PASSWORD, at=900, flow_id="b")
    assert (again.acr(LEVELS), again.auth_time) == ("otp-level", 130)
    off = again.without_otp()
    assert (off.acr(LEVELS), off.amr, off.auth_time) == ("pwd-level", ("pwd",), 900)


def test_evidence_survives_the_table() -> None:
    """As JSON and back."""
    evidence = Evidence().proven(Factor.PASSWORD, at=1, flow_id="a").proven(Factor.OTP, at=2, flow_id="b")
    assert Evidence.from_json(evidence.to_json()) == evidence
    assert Evidence.from_json({}) == Evidence()
