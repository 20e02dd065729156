"""Recovering a password, in sentences."""

from tests.support.browser import Browser, Page
from tests.support.captcha import solved
from tests.support.provider import Provider
from tests.support.registration import newest

LUCIE = "lucie@wedos.cz"
NEW_PASSWORD = "nine herons over the weir"


async def ask(browser: Browser, name: str = LUCIE) -> Page:
    """Sends the form that is open, or the one at `/recovery`."""
    page = browser.page
    if page is None or page.path != "/recovery":
        page = await browser.open("/recovery")
    return await browser.submit(username=name, **solved(page))


async def mailed_link(provider: Provider, to: str = LUCIE) -> str:
    """The link of the newest message."""
    return str((await newest(provider, to=to))["links"][0])


async def mailed_code(provider: Provider, to: str = LUCIE) -> str:
    """The code of the newest message."""
    return str((await newest(provider, to=to))["code"])


async def recovery_mails(provider: Provider) -> list[str]:
    """The links of all messages of password recoveries, newest first."""
    inbox = await provider.inbox()
    return [str(mail["links"][0]) for mail in inbox if mail["channel"] == "mail" and "/recovery/" in mail["text"]]


async def set_password(browser: Browser, password: str = NEW_PASSWORD, again: str | None = None) -> Page:
    """Fills in the form that is open."""
    return await browser.submit(new_password=password, new_password_again=password if again is None else again)


async def open_form(browser: Browser, provider: Provider, name: str = LUCIE) -> Page:
    """From the first page to the form for the new password, by the link."""
    await ask(browser, name)
    return await browser.open(await mailed_link(provider))
