"""Looking for customers, and looking at one: hints, reasons, limits, and a record of it all."""

import pytest
from sqlalchemy import update

from idp.accounts.account import Account
from idp.audit.store import list_events
from idp.messaging.table import outbox
from idp.support.case import CaseKind
from tests.support.browser import Browser, Page
from tests.support.desk import give_service, open_request
from tests.support.provider import OTP_KEY, Provider

EMAIL = "lucie@wedos.cz"
HINT = "lu***@we***.c*"


async def find(browser: Browser, text: str) -> Page:
    await browser.open("/desk/search")
    return await browser.submit(button="search", q=text)


@pytest.mark.requirement("AD-15")
@pytest.mark.parametrize("text", [EMAIL, "+420 601 123 456", "lucie-web.cz", "LUCIE-WEB.CZ"])
async def test_search_shows_hints_only(provider: Provider, olga: Browser, text: str) -> None:
    """Email, phone and service find the account; its address is on no page and in no URL; each step is on record."""
    account = await provider.account(EMAIL)
    await give_service(provider, account.id, "lucie-web.cz")
    page = await find(olga, text)
    assert HINT in page.text
    assert EMAIL not in page.text.replace(f'value="{text}"', "")
    assert EMAIL not in page.url
    page = await olga.click("customer-1")
    assert page.path == f"/desk/customers/{account.id}"
    assert EMAIL not in page.text
    async with provider.wiring.database.reading() as db:
        seen = await list_events(db, account_id=account.id, limit=2)
    assert [event.event for event in seen] == ["account_viewed", "customers_searched"]
    assert all(event.actor.startswith("acc_") and event.actor != account.id for event in seen)


async def test_search_by_the_number_of_a_request(provider: Provider, olga: Browser) -> None:
    """In any spelling; parts of a name find nothing."""
    case = await open_request(provider, CaseKind.GENERAL)
    page = await find(olga, case.number.lower().replace("-", " "))
    assert f"/desk/requests/{case.number}" in page.text
    await provider.account(EMAIL)
    assert (await find(olga, "lucie")).shows("Nothing fits exactly.")
    assert (await find(olga, "wedos.cz")).shows("Nothing fits exactly.")
    assert (await find(olga, " ")).shows("Enter what to look for.")


@pytest.mark.requirement("AD-15")
async def test_search_is_throttled(provider: Provider, olga: Browser) -> None:
    """Sixty an hour for an operator; the next one is 429 and on record."""
    page = await olga.open("/desk/search")
    body = {"csrf": page.forms[0].fields["csrf"], "q": "nobody@wedos.cz"}
    for _ in range(60):
        assert (await olga.post("/desk/search", body)).status == 200
    page = await olga.post("/desk/search", body)
    assert page.status == 429
    assert page.shows("Too many attempts.")
    assert "throttled" in await provider.events()
    provider.clock.advance(hours=1)
    assert (await olga.post("/desk/search", body)).status == 200


async def test_result_is_for_the_operator_who_searched(provider: Provider, olga: Browser, adam: Browser) -> None:
    """The address of a result shows a colleague an empty search."""
    await provider.account(EMAIL)
    page = await find(olga, EMAIL)
    seen = await adam.open(page.url)
    assert HINT not in seen.text
    assert EMAIL not in seen.text


@pytest.mark.requirement("AD-06")
async def test_customer_page_shows_no_secret(provider: Provider, olga: Browser) -> None:
    """Flags, sign-ins and the fates of messages; no hash, key, code, full address, number or network."""
    account = await provider.account(EMAIL, otp=False, phone_verified=False)
    async with Browser(provider.app, address="198.51.100.77") as customer:
        await customer.open("/login")
        await customer.submit(username=EMAIL, password="five quiet lakes under snow")
        await customer.submit(button="send-sms")
    sms = next(message for message in await provider.inbox() if message["channel"] == "sms")
    async with provider.wiring.database.writing() as db:
        refusal = f"permanent: number {account.phone} is barred"
        await db.execute(update(outbox).where(outbox.c.channel == "sms").values(answer=refusal))
    page = await olga.open(f"/desk/customers/{account.id}")
    assert page.shows("permanent: number +420 ••• ••• 456 is barred")
    assert page.shows("Email verified")
    assert page.shows("Phone not verified")
    assert page.shows("OTP off")
    assert "Firefox 146" in page.text
    assert "198.51.100.x" in page.text
    assert "verify_phone" in page.text
    assert "written" in page.text
    for secret in (sms["code"], EMAIL, "601123456", "601 123", "198.51.100.77", "argon2", OTP_KEY):
        assert secret not in page.text


async def reveal(browser: Browser, account: Account, reason: str) -> Page:
    await browser.open(f"/desk/customers/{account.id}")
    return await browser.submit(button="reveal", reason=reason)


@pytest.mark.requirement("AD-15")
async def test_revealing_takes_a_reason(provider: Provider, olga: Browser) -> None:
    """With a reason the address is shown once, to this operator; the owner is mailed, and it is on record."""
    account = await provider.account(EMAIL)
    page = await reveal(olga, account, " ")
    assert page.shows("Say why.")
    assert EMAIL not in page.text
    page = await reveal(olga, account, "The customer is on the phone")
    assert f'<span id="revealed">{EMAIL}</span>' in page.text
    assert EMAIL not in page.url
    assert EMAIL not in (await olga.open(f"/desk/customers/{account.id}")).text
    provider.clock.advance(minutes=11)
    assert EMAIL not in (await olga.open(page.url)).text
    assert "email_revealed" in await provider.events(account_id=account.id)
    mail = (await provider.inbox())[0]
    assert (mail["to"], "The customer is on the phone" in mail["text"]) == (EMAIL, True)


@pytest.mark.requirement("AD-08")
async def test_revealing_wants_a_fresh_login(provider: Provider, olga: Browser) -> None:
    """After eleven minutes the login comes first."""
    account = await provider.account(EMAIL)
    provider.clock.advance(minutes=11)
    assert (await reveal(olga, account, "why")).path == "/login"
    assert "email_revealed" not in await provider.events()


@pytest.mark.requirement("AD-06")
@pytest.mark.usefixtures("adam")
async def test_operators_are_not_revealed_to_support(olga: Browser) -> None:
    """The page of an operator has no forms for support; a forged one is refused."""
    page = await find(olga, "adam@desk.cz")
    page = await olga.click("customer-1")
    assert 'id="reveal"' not in page.text
    assert 'id="create"' not in page.text
    csrf = (await olga.open("/desk/search")).forms[0].fields["csrf"]
    page = await olga.post(f"{page.path}/reveal", {"csrf": csrf, "reason": "curious"})
    assert page.shows("This is an operator")
    assert "adam@desk.cz" not in page.text


async def test_request_in_the_name_of_a_customer(provider: Provider, olga: Browser) -> None:
    """What the desk wants for an account goes through the queue, like everything else."""
    account = await provider.account(EMAIL, otp=True)
    await olga.open(f"/desk/customers/{account.id}")
    page = await olga.submit(button="create", kind="", message="", contact_email="")
    assert page.shows("Choose what it is for.")
    page = await olga.submit(
        button="create", kind="otp_deactivation", contact_email="lucie@elsewhere.cz", message="Phoned: no device."
    )
    assert page.path.startswith("/desk/requests/")
    assert page.shows("The request is in the queue.")
    assert page.shows("Phoned: no device.")
    assert EMAIL not in page.text
    page = await olga.open(f"/desk/customers/{account.id}")
    assert page.shows("OTP on")
