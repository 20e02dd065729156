"""`nonce`: any text of a bounded length, and whole (its way back: `test_answers`)."""

import pytest

from tests.support.calls import answer_to
from tests.support.relying_party import RelyingParty

NONCES = {
    "one character": ("n", "/login"),
    "512 characters": ("n" * 512, "/login"),
    "characters of the URL alphabet": ("-._~" * 32, "/login"),
    "other scripts": ("příliš žluťoučký 🐎", "/login"),
    "reserved characters": ("&=+%25#?/\"'<>", "/login"),
    "5 KB": ("n" * 5000, "invalid_request"),
    "line feed": ("a\nb", "page"),
    "NUL": ("a\0b", "page"),
}


@pytest.mark.requirement("AZ-25", "OT-02")
async def test_nonce_is_text_of_a_bounded_length(rp: RelyingParty) -> None:
    """512 characters and every script are fine; 5 KB and control characters are not."""
    answers = {name: await answer_to(rp, nonce=value) for name, (value, _) in NONCES.items()}
    assert answers == {name: wanted for name, (_, wanted) in NONCES.items()}


async def test_nonce_may_be_left_out(rp: RelyingParty) -> None:
    """OIDC Core §3.1.2.1: optional in the code flow."""
    assert await answer_to(rp, nonce=None) == "/login"
