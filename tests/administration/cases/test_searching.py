"""What operators can find out, how often, and who hears of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.accounts.identifiers import InvalidEmail, mask_email, normalise_email
from idp.administration.accounts import get_account
from idp.administration.cases.acting import carry_out
from idp.administration.cases.operators import Denied
from idp.administration.cases.revealing import reveal
from idp.administration.cases.searching import SEARCHES
from idp.administration.refusal import Refused
from idp.support.case import CaseKind
from tests.administration.cases.desk import CONTACT, LOGIN_EMAIL, PHONE, Desk

HINT = "lu**@we***.c**"


@pytest.mark.parametrize(
    "text", [LOGIN_EMAIL, "LUKE@WEDOS.COM", PHONE, "+420 601 123 456", "example.com", "12345", "Example.COM."]
)
async def test_a_full_name_or_number_finds_the_hint(desk: Desk, text: str) -> None:
    """By email, phone, service name and service number, in any spelling; never more than the hint."""
    await desk.report_service(await desk.customer())
    found = await desk.search(text)
    (hit,) = found.accounts
    assert (hit.hint, hit.phone_hint, hit.has_otp) == (HINT, "+420 ••• ••• 456", True)
    assert LOGIN_EMAIL not in str(found)
    assert PHONE not in str(found)


@pytest.mark.parametrize(
    "text", ["luke", "wedos.com", "example", "601123", "exаmple.com", "examp1e.com", "%", "_", "*"]
)
async def test_parts_and_look_alikes_find_nothing(desk: Desk, text: str) -> None:
    """Nobody leafs through customers: no part of an address, no wildcard, no letter that only looks the same."""
    await desk.report_service(await desk.customer())
    found = await desk.search(text)
    assert (found.accounts, found.cases) == ((), ())


async def test_a_case_is_found_by_its_number_and_its_contact(desk: Desk) -> None:
    """In any spelling of the number; the hit holds no address."""
    case = await desk.open(CaseKind.GENERAL, message="help")
    for text in (case.number, case.number.lower().replace("-", " "), CONTACT):
        (hit,) = (await desk.search(text)).cases
        assert hit.number == case.number
        assert CONTACT not in str(hit)
    with pytest.raises(Refused, match="Type an email"):
        await desk.search(" \u200b ")


@pytest.mark.requirement("AD-15")
async def test_searches_are_counted_and_on_record(desk: Desk) -> None:
    """A thousand look-ups: sixty are answered, the rest refused; the log says who looked for whom, and the alert."""
    customer = await desk.customer()
    refused = 0
    for _ in range(SEARCHES.limit + 5):
        try:
            await desk.search(LOGIN_EMAIL)
        except Denied:
            refused += 1
    assert refused == 5
    assert (await desk.provider.events(account_id=customer.id, event="customers_searched", limit=500)) == [
        "customers_searched"
    ] * SEARCHES.limit
    async with desk.provider.wiring.database.reading() as db:
        throttled = [each for each in await desk.audit(db) if each.event == "throttled"]
    assert [each.actor for each in throttled] == [desk.operators["ada"].id] * 5
    assert (await desk.search(LOGIN_EMAIL, "bob")).accounts
    desk.provider.clock.advance(hours=1)
    assert (await desk.search(LOGIN_EMAIL)).accounts


async def test_a_reveal_has_a_reason_and_its_owner_hears_it(desk: Desk) -> None:
    """The whole address, on record with the account, in a mail to it; not without a reason, not of operators."""
    customer = await desk.customer()
    provider, operator = desk.provider, desk.operators["ada"]

    async def look(account_id: str, reason: str) -> str:
        async with provider.wiring.database.reading() as db:
            account = await get_account(db, account_id)
        origin = desk.origin(operator)
        return await carry_out(
            provider.wiring.database,
            lambda db: reveal(db, provider.keys, account, operator=operator, reason=reason, origin=origin),
            origin=origin,
        )

    with pytest.raises(Refused, match="Say why"):
        await look(customer.id, "")
    assert await look(customer.id, "customer on the phone") == LOGIN_EMAIL
    (mail,) = await desk.mails(to=LOGIN_EMAIL)
    assert "customer on the phone" in mail["text"]
    async with provider.wiring.database.reading() as db:
        (event,) = [each for each in await desk.audit(db) if each.event == "email_revealed"]
    assert (event.account_id, event.actor, event.address) == (customer.id, operator.id, "192.0.2.80")
    assert event.details["reason"] == "customer on the phone"
    with pytest.raises(Denied):
        await look(desk.operators["carl"].id, "curious")
    for _ in range(19):
        await look(customer.id, "again")
    with pytest.raises(Denied, match="too many"):
        await look(customer.id, "again")


@pytest.mark.requirement("AD-24", "RC-22")
async def test_the_hint_takes_a_service_of_the_account_and_five_a_day(desk: Desk) -> None:
    """A wrong service gets the same receipt and no hint; the sixth of a day is refused, also in parallel cases."""
    customer = await desk.customer()
    await desk.report_service(customer)
    right, wrong = [await desk.open(CaseKind.EMAIL_HINT, service=name) for name in ("example.com", "exаmple.com")]
    right_mail, wrong_mail = (await desk.mails(to=CONTACT))[:2]
    assert right_mail["text"].replace(wrong.number, right.number) == wrong_mail["text"].replace(
        wrong.number, right.number
    )
    for case in (right, wrong):
        await desk.assign(case, customer)
    with pytest.raises(Refused, match="no such service"):
        await desk.hint(wrong)
    for _ in range(5):
        await desk.hint(right)
    with pytest.raises(Denied, match="tomorrow"):
        await desk.hint(right)
    with pytest.raises(Denied, match="tomorrow"):
        await desk.hint(await desk.assign(await desk.open(CaseKind.EMAIL_HINT, service="12345"), customer))
    assert (await desk.provider.events(event="throttled")) == ["throttled"] * 2
    desk.provider.clock.advance(hours=24)
    await desk.hint(right)


async def test_a_hint_without_a_named_service_is_refused(desk: Desk) -> None:
    """Nobody gets a hint for knowing nothing."""
    customer = await desk.customer()
    case = await desk.open(CaseKind.EMAIL_HINT, customer)
    with pytest.raises(Refused, match="No service was named"):
        await desk.hint(case)
    general = await desk.open(CaseKind.GENERAL, customer)
    with pytest.raises(Refused, match="Only a request for the hint"):
        await desk.hint(general)


_LOCAL = st.text("abcdefghijklmnopqrstuvwxyz0123456789._+-", min_size=1, max_size=20)
_LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)


@pytest.mark.requirement("RC-22")
@given(local=_LOCAL, domain=st.lists(_LABEL, min_size=2, max_size=4))
def test_no_hint_shows_more_than_it_may(local: str, domain: list[str]) -> None:
    """At most two letters of the local part, two of the domain name, one of the top-level domain; stars else."""
    try:
        email = normalise_email(f"{local}@{'.'.join(domain)}")
    except InvalidEmail:
        return
    shown_local, _, shown_domain = mask_email(email).rpartition("@")
    name, _, top_level = shown_domain.rpartition(".")
    for shown, most in ((shown_local, 2), (name, 2), (top_level, 1)):
        assert len(shown.replace("*", "").replace(".", "")) <= most
    assert len(mask_email(email)) == len(email)
