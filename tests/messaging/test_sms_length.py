"""What an SMS costs: one part without accents, two with them, whatever it says and in whichever language."""

import pytest

from idp.localization import Localization
from idp.messaging.compose import Composer, Sender
from idp.messaging.kinds import KINDS
from tests.messaging.letters import claimed, needed_values
from tests.messaging.sms_parts import parts_of

KINDS_OF_SMS = [kind for kind, rules in KINDS.items() if "sms" in rules.channels]
LOCALES = Localization().available


def sms(kind: str, locale: str, *, ascii_only: bool) -> str:
    sender = Sender("Keygate", "Example Ltd", "support@example.com", "https://login.example.com", sms_ascii=ascii_only)
    return Composer(sender, Localization()).compose(claimed(kind, "sms"), locale, needed_values(kind)).text


@pytest.mark.parametrize("kind", KINDS_OF_SMS)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_sms_is_short(kind: str, locale: str) -> None:
    """One part of the GSM alphabet in English and, with IDP_SMS_ASCII, in every language; at most two with accents."""
    plain, full = sms(kind, locale, ascii_only=True), sms(kind, locale, ascii_only=False)
    assert parts_of(plain) == 1
    assert parts_of(full) <= (1 if locale == "en" else 2)
    assert plain.isascii()


@pytest.mark.parametrize("kind", [kind for kind in KINDS_OF_SMS if "code" in KINDS[kind].needs])
@pytest.mark.parametrize("locale", LOCALES)
def test_a_code_is_bound_to_its_origin_on_the_last_line(kind: str, locale: str) -> None:
    """`@host #code` alone on the last line, with nothing behind it: phones offer the code at that host only."""
    for ascii_only in (True, False):
        text = sms(kind, locale, ascii_only=ascii_only)
        assert text.splitlines()[-1] == "@login.example.com #482913"
        assert "482913" in text.splitlines()[0]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("é" * 160, 1),
        ("{" * 81, 2),
        ("č" * 70, 1),
        ("č" + "a" * 70, 2),
        ("č" * 135, 3),
        ("’", 1),
        ("a" * 100 + "’", 2),
    ],
)
def test_parts_are_counted_as_the_networks_do(text: str, parts: int) -> None:
    """The tests' own ruler: the GSM alphabet, its extension, and UCS-2."""
    assert parts_of(text) == parts
