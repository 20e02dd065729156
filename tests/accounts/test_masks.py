"""Masks give away the few letters they are meant to, never more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.accounts.identifiers import InvalidEmail, mask_email, mask_email_short, mask_phone, normalise_email

_LABEL = st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True)
_ADDRESSES = st.builds(
    lambda local, labels, top: f"{local}@{'.'.join(labels)}.{top}",
    st.from_regex(r"[a-z0-9]([a-z0-9+_-]{0,20}[a-z0-9])?", fullmatch=True),
    st.lists(_LABEL, min_size=1, max_size=3),
    st.sampled_from(["com", "cz", "info", "co.uk"]),
)


@pytest.mark.parametrize(
    ("email", "masked"),
    [
        ("luke@wedos.com", "lu**@we***.c**"),
        ("a@b.cz", "*@*.c*"),
        ("ab@cd.cz", "a*@c*.c*"),
        ("lucie@mail.wedos.cz", "lu***@ma**.*****.c*"),
        ("jan@xn--luouk-uva4it5a4g.cz", "ja*@žl*******.c*"),
    ],
)
def test_the_hint_of_the_desk(email: str, masked: str) -> None:
    """Two letters of the local part and of the domain, one of the top-level domain, stars for all others."""
    assert mask_email(email) == masked


@pytest.mark.requirement("RC-22")
@given(_ADDRESSES)
def test_no_hint_shows_more_than_its_letters(address: str) -> None:
    """At most two characters of the local part, two of the domain and one of the top-level domain are visible."""
    try:
        email = normalise_email(address)
    except InvalidEmail:
        return
    masked = mask_email(email)
    local, _, domain = masked.partition("@")
    name, _, top_level = domain.rpartition(".")
    visible = [len(part.replace("*", "").replace(".", "")) for part in (local, name, top_level)]
    assert visible[0] <= 2
    assert visible[1] <= 2
    assert visible[2] <= 1
    for part, original in zip((local, name), (email.partition("@")[0], email.partition("@")[2]), strict=True):
        assert original.startswith(part.partition("*")[0])
        assert "*" in part


@pytest.mark.parametrize(
    ("email", "short"), [("lucie@wedos.cz", "lu…@we….cz"), ("a@b.cz", "…@….cz"), ("ab@cd.com", "a…@c….com")]
)
def test_the_reminder_on_the_otp_page(email: str, short: str) -> None:
    """Enough for the owner to recognise the address, with its top-level domain."""
    assert mask_email_short(email) == short


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("+420601123456", "+420 ••• ••• 456"), ("+16502530000", "+1 •••-•••-•000"), ("nonsense", "•••")],
)
def test_a_number_shows_its_country_and_last_three_digits(phone: str, masked: str) -> None:
    """All digits between the country code and the last three are dots."""
    assert mask_phone(phone) == masked
