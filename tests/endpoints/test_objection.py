"""`/object`: the owner undoes what was not theirs, on any device, once, and within three days."""

import pytest
from sqlalchemy import select

from idp.sessions.table import browser_sessions
from idp.support.table import objections, support_cases
from tests.support.browser import CHROME, Browser
from tests.support.lost_otp import OTTO, objection_links, otto, send_code, to_the_code
from tests.support.provider import PASSWORD, Provider
from tests.support.queries import count_rows
from tests.support.relying_party import RelyingParty


@pytest.fixture
async def links(browser: Browser, provider: Provider) -> dict[str, str]:
    """OTP was turned off without its device: the links that the owner got, by channel."""
    await otto(provider)
    shop = RelyingParty(provider, await provider.client())
    await to_the_code(browser, shop)
    await send_code(browser, provider)
    await browser.click("continue")
    return await objection_links(provider)


@pytest.mark.requirement("MF-16")
async def test_the_owner_locks_the_account(browser: Browser, provider: Provider, links: dict[str, str]) -> None:
    """From another device: the page tells when and from where; then nobody is signed in, and people are told."""
    async with Browser(provider.app, user_agent=CHROME) as owner:
        page = await owner.open(links["mail"])
        assert page.shows("OTP was turned off")
        assert page.shows("ot**@we***.c*")
        assert page.shows("Firefox 146, Linux")
        assert page.shows("192.0.2.1")
        page = await owner.submit(button="object")
        assert page.shows("The account is locked")
        assert page.shows("What happens next")
        page = await owner.open(links["sms"])
        assert page.shows("The account is locked")
    page = await browser.open("/account/security")
    assert page.path == "/login"
    page = await browser.submit(username=OTTO, password=PASSWORD)
    assert page.has_error
    database = provider.wiring.database
    assert await count_rows(database, browser_sessions, browser_sessions.c.status != "ended") == 0
    async with database.reading() as db:
        case = (await db.execute(select(support_cases))).one()
    assert (case.kind, case.topic, case.contact_email, case.status) == ("general", "objection", OTTO, "open")
    assert {"objected", "account_locked", "case_opened"} <= set(await provider.events())
    subjects = [message["subject"] for message in await provider.inbox() if message["to"] == OTTO]
    assert any("locked" in subject for subject in subjects)


@pytest.mark.requirement("RC-05")
async def test_mail_scanners_lock_nothing(provider: Provider, links: dict[str, str]) -> None:
    """HEAD and ten GETs leave the link as it was; so does a form of another site."""
    async with Browser(provider.app, user_agent=CHROME) as scanner:
        await scanner.http.head(links["mail"])
        for _ in range(10):
            page = await scanner.open(links["mail"])
        token = scanner.form(button="object").fields["token"]
        page = await scanner.post("/object", {"token": token, "csrf": "x.y"}, origin="https://evil.example")
        assert page.shows("It was not me: lock the account")
    assert await count_rows(provider.wiring.database, objections, objections.c.used_at.is_not(None)) == 0
    assert "account_locked" not in await provider.events()


@pytest.mark.parametrize(("hours", "works"), [(71, True), (72, False)])
async def test_the_link_lives_three_days(provider: Provider, links: dict[str, str], hours: int, works: bool) -> None:
    """After that the page says where to write, and its form does nothing."""
    async with Browser(provider.app, user_agent=CHROME) as owner:
        await owner.open(links["mail"])
        provider.clock.advance(hours=hours)
        page = await owner.submit(button="object")
        assert page.shows("The account is locked") is works
        assert page.shows("This link has expired.") is not works
    assert ("account_locked" in await provider.events()) is works


async def test_an_account_that_is_locked_already_stays_so(provider: Provider, links: dict[str, str]) -> None:
    """The objection still counts: a case is opened."""
    await provider.lock(OTTO)
    async with Browser(provider.app, user_agent=CHROME) as owner:
        await owner.open(links["mail"])
        page = await owner.submit(button="object")
        assert page.shows("The account is locked")
    assert await count_rows(provider.wiring.database, support_cases) == 1


async def test_made_up_links_are_expired_ones(browser: Browser) -> None:
    """Garbled, cut, missing, hostile: the same page, and no error of ours."""
    for token in ("", "?t=", "?t=abc", "?t=%00%ff" + "x" * 500, "?t=" + "A" * 43):
        page = await browser.open(f"/object{token}")
        assert (page.status, page.shows("This link has expired.")) == (200, True)


async def test_the_link_is_spoken_in_czech(provider: Provider, links: dict[str, str]) -> None:
    """The reader's language, whatever the account's is."""
    async with Browser(provider.app, user_agent=CHROME) as owner:
        page = await owner.open(links["mail"], **{"accept-language": "cs"})
        assert page.shows("OTP bylo vypnuto")
        assert page.shows("Nejde o mě: uzamknout účet")
