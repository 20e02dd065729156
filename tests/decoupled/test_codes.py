"""User codes: as they are shown, and as people type them."""

import pytest

from idp.decoupled.codes import new_user_code, read_user_code, user_code_digest
from idp.sealing import MasterKeys


@pytest.mark.parametrize(
    "typed", ["BCDF-GHJK", "bcdf-ghjk", "BCDFGHJK", " bc df gh jk ", "BCDF–GHJK", "b-c-d-f-g-h-j-k", "bcdf.ghjk\t"]
)
def test_case_and_dashes_do_not_matter(typed: str) -> None:
    """RFC 8628 §6.1."""
    assert read_user_code(typed) == "BCDF-GHJK"


@pytest.mark.parametrize("typed", ["", "BCDF-GHJ", "BCDF-GHJKL", "ACDF-GHJK", "1234-5678", "ßßßßßßßß", "x" * 9999])
def test_what_can_be_no_code_is_none(typed: str) -> None:
    """Another length, a vowel, a digit, letters of other alphabets."""
    assert read_user_code(typed) is None


def test_a_new_code_reads_as_itself() -> None:
    """What is shown can be typed."""
    assert all(read_user_code(code) == code for code in (new_user_code() for _ in range(200)))


def test_the_digest_needs_the_master_key() -> None:
    """34 bits are searched in minutes by anyone who has a copy of the table and nothing else."""
    one, other = MasterKeys(bytes(32)), MasterKeys(bytes(range(32)))
    assert user_code_digest(one, "BCDF-GHJK") != user_code_digest(other, "BCDF-GHJK")
