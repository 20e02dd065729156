"""The link in the owner's message: opened by scanners without harm, it stops the change for good, on any device."""

import pytest

from tests.administration.cases.desk import LOGIN_EMAIL, NEW_EMAIL, PHONE, Desk
from tests.support.browser import Browser
from tests.support.database_digest import digest_of

LANGUAGES = {
    "en": ("It was not me: stop the change", "The change was stopped", "The change was made already"),
    "cs": ("Nejsem to já: zastavit změnu", "Změna byla zastavena", "Změna už proběhla"),
}


async def link_to(desk: Desk, recipient: str) -> str:
    """The newest link that objects."""
    mail = next(each for each in await desk.mails(to=recipient) if "/object?t=" in each["text"])
    found: str = next(word for word in mail["text"].split() if "/object?t=" in word)
    return found.removeprefix(desk.provider.issuer)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("recipient", [LOGIN_EMAIL, PHONE])
async def test_the_owner_stops_the_change_with_any_of_the_links(desk: Desk, recipient: str, language: str) -> None:
    """HEAD, GET, GET change nothing; the button stops the case during its hold; the second time says so."""
    button, stopped, _ = LANGUAGES[language]
    customer = await desk.customer()
    case = await desk.otp_case(customer)
    await desk.approve(case, "ada")
    await desk.approve(case, "carl")
    link = await link_to(desk, recipient)
    before = await digest_of(desk.provider.wiring.database)
    async with Browser(desk.provider.app) as browser:
        browser.http.headers["accept-language"] = language
        for method in ("HEAD", "GET", "GET"):
            assert (await browser.http.request(method, link)).status_code == 200
        assert await digest_of(desk.provider.wiring.database) == before
        page = await browser.open(link)
        assert button in page.text
        assert case.number in page.text
        assert stopped in (await browser.submit(has="token")).text
        assert stopped in (await browser.open(link)).text
    desk.provider.clock.advance(hours=73)
    assert await desk.carry_out_held() == 0
    assert (await desk.now(case)).status == "objected"
    assert {"objected", "case_objected"} <= set(await desk.provider.events(account_id=customer.id))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_objection_that_comes_too_late_says_so(desk: Desk, language: str) -> None:
    """After the hold the link offers no button, and a form that was left open stops nothing."""
    customer = await desk.customer()
    case = await desk.otp_case(customer)
    await desk.approve(case, "ada")
    await desk.approve(case, "carl")
    link = await link_to(desk, LOGIN_EMAIL)
    async with Browser(desk.provider.app) as browser:
        browser.http.headers["accept-language"] = language
        await browser.open(link)
        desk.provider.clock.advance(hours=72)
        assert await desk.carry_out_held() == 1
        assert LANGUAGES[language][2] in (await browser.submit(has="token")).text
        assert not any("token" in form.names for form in (await browser.open(link)).forms)
    assert (await desk.now(case)).status == "done"


async def test_an_objection_before_the_second_approval_stops_it_too(desk: Desk) -> None:
    """From the first approval on, and also where the phone authorises in the same moment."""
    customer = await desk.customer()
    case = await desk.otp_case(customer)
    await desk.approve(case, "ada")
    link = await link_to(desk, PHONE)
    await desk.authorise_by_phone(case)
    async with Browser(desk.provider.app) as browser:
        await browser.open(link)
        await browser.submit(has="token")
    assert (await desk.now(case)).status == "objected"
    assert (await desk.account(customer.id)).login_email != NEW_EMAIL
