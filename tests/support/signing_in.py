"""A password typed into the login page, right or wrong."""

from tests.support.browser import Browser, Page


async def try_password(browser: Browser, username: str, password: str = "wrong") -> Page:  # noqa: S107
    """Opens a login page; types it once more where the name turns out to need a CAPTCHA."""
    await browser.open("/login")
    return await try_again(browser, username, password)


async def try_again(browser: Browser, username: str, password: str = "wrong") -> Page:  # noqa: S107
    """The same on the page that is open."""
    page = await browser.submit(username=username, password=password)
    if page.shows("Confirm that you are not a robot"):
        page = await browser.submit(username=username, password=password)
    return page
