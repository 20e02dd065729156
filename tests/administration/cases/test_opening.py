"""What becomes of what comes in: a number, a due time by the calendar, a receipt, and nothing that could do harm."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from idp.administration.refusal import Refused
from idp.support.case import CaseKind
from idp.support.evidence import EvidenceItem
from idp.support.numbers import new_number, normalise_number
from idp.support.working_days import one_working_day_after
from tests.administration.cases.desk import CONTACT, Desk
from tests.support.provider import test_settings


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("2026-01-15T12:00:00", "2026-01-16T12:00:00"),  # Thursday to Friday
        ("2026-01-16T15:30:00", "2026-01-19T15:30:00"),  # over a weekend
        ("2026-01-17T09:00:00", "2026-01-20T00:00:00"),  # on a Saturday: by the end of Monday
        ("2026-01-18T23:59:59", "2026-01-20T00:00:00"),
        ("2026-12-23T10:00:00", "2026-12-28T10:00:00"),  # Christmas: Thursday to Saturday, then Sunday
        ("2026-12-24T10:00:00", "2026-12-29T00:00:00"),
        ("2026-12-31T10:00:00", "2027-01-04T10:00:00"),  # New Year, a Friday
        ("2026-04-02T10:00:00", "2026-04-07T10:00:00"),  # Good Friday and Easter Monday
        ("2026-04-30T10:00:00", "2026-05-04T10:00:00"),  # the first of May, a Friday
        ("2028-02-28T10:00:00", "2028-02-29T10:00:00"),  # a leap day is a day
    ],
)
async def test_one_working_day_knows_weekends_and_holidays(opened: str, due: str) -> None:
    """Of Czechia, by default; the same time of the next working day."""
    assert await one_working_day_after(at(opened), "CZ") == at(due)


async def test_each_country_has_its_own_holidays() -> None:
    """The sixth of January is one in Austria and none in Czechia; an unknown country is refused by name."""
    assert await one_working_day_after(at("2026-01-05T10:00:00"), "AT") == at("2026-01-07T10:00:00")
    assert await one_working_day_after(at("2026-01-05T10:00:00"), "CZ") == at("2026-01-06T10:00:00")


@pytest.mark.parametrize("country", ["Czechia", "XX", "cz", ""])
def test_an_unknown_country_stops_the_start(tmp_path: Path, country: str) -> None:
    """A wrong IDP_HOLIDAY_COUNTRY is named in the sentence."""
    with pytest.raises(ValidationError, match="IDP_HOLIDAY_COUNTRY is a country code"):
        test_settings("sqlite:///x", tmp_path, holiday_country=country)


def test_numbers_are_read_as_people_write_them() -> None:
    """Any case, with or without the dash; letters that look alike occur in none."""
    numbers = {new_number() for _ in range(500)}
    assert len(numbers) == 500
    assert not set("".join(numbers)) & set("01ILO")
    for number in list(numbers)[:20]:
        assert normalise_number(f" {number.lower().replace('-', ' ')} ") == number
    for wrong in ("", "K7F3", "K7F3-9QX0", "K7F3-9QXMM", "K7F3–9QXМ"):
        assert normalise_number(wrong) is None


async def test_what_the_form_brought_is_evidence_and_control_characters_are_gone(desk: Desk) -> None:
    """The customer's words are kept as lines of visible text, within bounds."""
    case = await desk.open(
        CaseKind.LOGIN_EMAIL_CHANGE, old_email="Luke@Wedos.com", new_email="new@wedos.com",
        message="first\x00\u202e line\r\nsecond\u2028third" + "x" * 9000, phone="+420 601\n123456", topic="t" * 99,
    )  # fmt: skip
    assert await desk.evidence(case) == {EvidenceItem.OLD_ADDRESS, EvidenceItem.NEW_ADDRESS}
    assert case.message.startswith("first   line\nsecond\nthird")
    assert len(case.message) <= 4000
    assert (case.old_email, case.phone, len(case.topic)) == ("luke@wedos.com", "+420 601 123456", 32)
    assert await desk.history(case) == [("customer", "opened")]


async def test_receipts_to_one_address_are_limited(desk: Desk) -> None:
    """Whoever types another person's address into the form a hundred times fills no mailbox; each is still a case."""
    for _ in range(9):
        await desk.open(CaseKind.GENERAL, message="x")
    assert len(await desk.mails(to=CONTACT)) == 5


async def test_an_address_that_is_none_opens_nothing(desk: Desk) -> None:
    """Raised as a sentence, with nothing written."""
    with pytest.raises(Refused, match="not an address"):
        await desk.open(CaseKind.LOGIN_EMAIL_CHANGE, new_email="a@b\r\nBcc: c@d.example")
    assert "case_opened" not in await desk.provider.events()
