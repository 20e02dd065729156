"""RFC 6238 codes, second by second."""

import base64

import pyotp
import pytest

from idp.credentials.otp import digits_of, grouped, matching_step, new_otp_key, provisioning_uri

# RFC 6238 Appendix B: the SHA-1 key and its vectors; six digits are the last six of the eight printed there.
_RFC_KEY = base64.b32encode(b"12345678901234567890").decode()
_RFC_VECTORS = [
    (59, "94287082"),
    (1_111_111_109, "07081804"),
    (1_111_111_111, "14050471"),
    (1_234_567_890, "89005924"),
    (2_000_000_000, "69279037"),
    (20_000_000_000, "65353130"),
]
_KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_STEP = 58_949_280


@pytest.mark.requirement("MF-01")
@pytest.mark.parametrize(("now", "eight_digits"), _RFC_VECTORS)
def test_the_vectors_of_the_specification(now: int, eight_digits: str) -> None:
    """RFC 6238 Appendix B."""
    assert matching_step(_RFC_KEY, eight_digits[-6:], now=now, tolerance=0, newer_than=-1) == now // 30


@pytest.mark.requirement("MF-01")
def test_keys_have_160_random_bits() -> None:
    """RFC 4226 §4 R6; no two are alike."""
    keys = {new_otp_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(base64.b32decode(key)) for key in keys} == {20}


@pytest.mark.requirement("MF-04")
@pytest.mark.parametrize("tolerance", [0, 1, 10, 30])
def test_a_code_is_good_in_its_time_and_the_tolerance_around(tolerance: int) -> None:
    """Swept second by second over three steps on either side."""
    code = pyotp.TOTP(_KEY).generate_otp(_STEP)
    begins = _STEP * 30
    for now in range(begins - 100, begins + 130):
        expected = _STEP if begins - tolerance <= now < begins + 30 + tolerance else None
        assert matching_step(_KEY, code, now=now, tolerance=tolerance, newer_than=-1) == expected, now - begins


@pytest.mark.requirement("MF-02")
def test_only_newer_steps_count() -> None:
    """A step that was spent, and every older one, is dead, tolerance or not."""
    now = _STEP * 30 + 5
    previous, current = (pyotp.TOTP(_KEY).generate_otp(step) for step in (_STEP - 1, _STEP))
    assert matching_step(_KEY, previous, now=now, tolerance=10, newer_than=_STEP - 2) == _STEP - 1
    assert matching_step(_KEY, previous, now=now, tolerance=10, newer_than=_STEP - 1) is None
    assert matching_step(_KEY, current, now=now, tolerance=10, newer_than=_STEP - 1) == _STEP
    assert matching_step(_KEY, current, now=now, tolerance=10, newer_than=_STEP) is None


def test_the_newest_step_wins_when_two_have_the_same_code() -> None:
    """Adjacent steps may share a code: the newer one is taken, so that a fresh code is never taken for a spent one."""
    totp, step = pyotp.TOTP(_KEY), 59_141_676  # two steps with the same code: one pair in a million is
    code, now = totp.generate_otp(step), step * 30 + 29
    assert code == totp.generate_otp(step + 1)
    assert matching_step(_KEY, code, now=now, tolerance=10, newer_than=-1) == step + 1
    assert matching_step(_KEY, code, now=now, tolerance=10, newer_than=step) == step + 1


@pytest.mark.parametrize("typed", ["123 456", "123-456", " 123456\n", "123\u00a0456", "1 2 3 4 5 6"])
def test_pasted_codes_are_read(typed: str) -> None:
    """Whatever stands between the digits is dropped."""
    assert digits_of(typed) == "123456"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "９" * 6, "0" * 5000])
def test_what_is_no_code_matches_nothing(typed: str) -> None:
    """Wrong lengths, other scripts and floods of digits are just wrong."""
    assert matching_step(_KEY, typed, now=_STEP * 30, tolerance=10, newer_than=-1) is None


def test_the_uri_for_the_qr_code() -> None:
    """It names issuer and account and says no more than apps understand."""
    uri = provisioning_uri(_KEY, account_name="lucie@example.com", issuer="Keygate")
    assert uri == f"otpauth://totp/Keygate:lucie%40example.com?secret={_KEY}&issuer=Keygate"
    assert grouped("JBSWY3DPEH") == "JBSW Y3DP EH"
