"""What a person types becomes one stored spelling, or is refused."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.accounts.identifiers import (
    InvalidEmail,
    InvalidLoginName,
    InvalidPhone,
    PhoneProblem,
    canonical_identifier,
    format_phone,
    normalise_email,
    normalise_login_name,
    normalise_phone,
)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Luke@WEDOS.com", "luke@wedos.com"),
        ("  luke@wedos.com\t", "luke@wedos.com"),
        ("jan@Žluťoučký.cz", "jan@xn--luouk-uva4it5a4g.cz"),
        (unicodedata.normalize("NFD", "jan@žluťoučký.cz"), "jan@xn--luouk-uva4it5a4g.cz"),
        ("jan@XN--LUOUK-UVA4IT5A4G.cz", "jan@xn--luouk-uva4it5a4g.cz"),
        ("first.last+tag@example.com", "first.last+tag@example.com"),
        ("a@straße.de", "a@xn--strae-oqa.de"),
    ],
)
def test_spellings_of_one_address_are_stored_alike(typed: str, stored: str) -> None:
    """Letter case, surrounding blanks and the form of an IDN do not make another address."""
    assert normalise_email(typed) == stored


@pytest.mark.requirement("SO-18")
@pytest.mark.parametrize(
    "typed",
    [
        "",
        "luke",
        "luke@localhost",
        "a@b@wedos.com",
        "@wedos.com",
        "luke@",
        '"luke skywalker"@wedos.com',
        '"luke"@wedos.com',
        "luke(comment)@wedos.com",
        "Luke <luke@wedos.com>",
        "luke@wedos.com\r\nBcc: x@evil.com",
        "luke@wedos.com\n",
        "luke\x00@wedos.com",
        "luke@wedos.com,x@evil.com",
        "luke@wedos.com x@evil.com",
        "luke@[127.0.0.1]",
        "luke@wedos..com",
        ".luke@wedos.com",
        "luke@-wedos.com",
        "a" * 65 + "@wedos.com",
        "a" * 60 + "@" + ".".join(["b" * 60] * 4) + ".com",
        "a@" + "ž" * 300 + ".cz",
    ],
)
def test_addresses_with_tricks_are_refused(typed: str) -> None:
    """Several @, quotes, comments, display names, line breaks and lengths beyond 254 are no addresses."""
    with pytest.raises(InvalidEmail):
        normalise_email(typed)


@pytest.mark.requirement("RC-25")
@pytest.mark.parametrize(
    "typed",
    [
        "mıke@example.com",
        "miſe@example.com",
        "\u212aate@example.com",
        "ｍike@example.com",
        "mike@exampſe.com",
        "mike@\u212aelvin.com",
        "mike@ｅxample.com",
        "mike@example。com",
        "mike＠example.com",
        "mike@exam\u00adple.com",
        "mike@exam\u200bple.com",
        "mike@ﬁsh.com",
    ],
)
def test_letters_that_map_onto_other_letters_are_refused(typed: str) -> None:
    """No Unicode mapping turns one address into another."""
    with pytest.raises(InvalidEmail):
        normalise_email(typed)


@pytest.mark.requirement("RC-25")
def test_twins_of_a_domain_stay_apart() -> None:
    """A domain in look-alike letters is another domain, and is stored as such."""
    assert normalise_email("mike@wedos.com") != normalise_email("mike@wеdos.com")  # a Cyrillic е
    assert normalise_email("mike@ıx.com") != "mike@ix.com"


@pytest.mark.requirement("RC-25")
@given(st.text(max_size=40), st.text(max_size=40))
def test_only_case_and_canonical_form_are_mapped(local: str, domain: str) -> None:
    """Whatever is accepted is ASCII, normalises to itself, and kept its local part but for the case."""
    try:
        stored = normalise_email(f"{local}@{domain}")
    except InvalidEmail:
        return
    assert stored.isascii()
    assert normalise_email(stored) == stored
    assert stored.rpartition("@")[0] == local.lower().strip(" \t")


@pytest.mark.parametrize(
    ("typed", "stored"), [("Luke", "luke"), ("luke.sky-walker_77", "luke.sky-walker_77"), ("4u2", "4u2")]
)
def test_login_names_are_compared_without_case(typed: str, stored: str) -> None:
    """A login name is kept case-folded."""
    assert normalise_login_name(typed) == stored


@pytest.mark.requirement("PW-19")
@pytest.mark.parametrize(
    "typed",
    [
        "luke@wedos.com",
        "luke@",
        "@luke",
        "ab",
        "a" * 65,
        "420601123456",
        "+420601123456",
        "acc_AAAAAAAAAAAAAAAAAAAAAA",
        "ACC_AAAA",
        "lukе",
        "\u212aate",
        "ſam",
        "ｌuke",
        "lu ke",
        "luke\n",
        ".luke",
        "luke\u200b",
    ],
)
def test_names_that_look_like_another_identifier_are_refused(typed: str) -> None:
    """No login name is, or can be mistaken for, an address, a number, an account id, or a name in other letters."""
    with pytest.raises(InvalidLoginName):
        normalise_login_name(typed)


@pytest.mark.requirement("PW-12")
def test_every_spelling_of_a_login_is_counted_as_one() -> None:
    """Case, blanks and Unicode forms give the same throttling key, also where no account exists."""
    assert {canonical_identifier(text) for text in ("Luke@Wedos.com", " luke@WEDOS.COM ")} == {"luke@wedos.com"}
    assert {canonical_identifier(text) for text in ("LUKE", "luke ", "Luke")} == {"luke"}
    assert canonical_identifier("ｎｏ ｓｕｃｈ") == canonical_identifier("NO SUCH ")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("+420 601 123 456", "+420601123456"),
        ("00420 601 123 456", "+420601123456"),
        ("+420-601-123-456", "+420601123456"),
        ("\u202a+420\u00a0601\u2011123\u00a0456\u202c", "+420601123456"),
        ("+1 (650) 253-0000", "+16502530000"),
        ("+44 7400 123456", "+447400123456"),
    ],
)
def test_numbers_become_e164(typed: str, stored: str) -> None:
    """Blanks, dashes, brackets, pasted direction marks and the prefix 00 are read."""
    assert normalise_phone(typed) == stored


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("+420 226 236 112", PhoneProblem.LANDLINE),
        ("+44 20 7946 0958", PhoneProblem.LANDLINE),
        ("601 123 456", PhoneProblem.INVALID),
        ("+420 601 123", PhoneProblem.INVALID),
        ("+420 101 123 456", PhoneProblem.INVALID),
        ("+420 900 123 456", PhoneProblem.INVALID),
        ("+1-800-FLOWERS", PhoneProblem.INVALID),
        ("+420601123456 ext 5", PhoneProblem.INVALID),
        ("+420601123456\x00", PhoneProblem.INVALID),
        ("+" + "4" * 200, PhoneProblem.INVALID),
        ("", PhoneProblem.INVALID),
        ("+٤٢٠٦٠١١٢٣٤٥٦", PhoneProblem.INVALID),
    ],
)
def test_numbers_that_get_no_sms_are_refused_with_the_reason(typed: str, reason: PhoneProblem) -> None:
    """Landlines are told apart from typing errors; costly and impossible numbers are refused."""
    with pytest.raises(InvalidPhone) as refusal:
        normalise_phone(typed)
    assert refusal.value.reason is reason


def test_numbers_are_shown_in_groups() -> None:
    """A stored number is shown in the international form; what is no number is shown as it is."""
    assert format_phone("+420601123456") == "+420 601 123 456"
    assert format_phone("nonsense") == "nonsense"
