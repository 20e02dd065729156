"""Registering and proving an address and a number, in sentences."""

from typing import Any

from tests.support.browser import Browser, Page
from tests.support.provider import PASSWORD, Provider

EVA = "eva@example.cz"
EVAS_PHONE = "+420602654321"
_DETAILS = {
    "given_name": "Eva",
    "family_name": "Nová",
    "email": EVA,
    "phone": EVAS_PHONE,
    "password": PASSWORD,
    "agree": "1",
}


async def fill_in_registration(browser: Browser, **changes: str) -> Page:
    """Sends the registration form, which is open or one click away from the login page."""
    assert browser.page is not None, "open a page first"
    if browser.page.path == "/login":
        await browser.click("register")
    typed = _DETAILS | changes
    return await browser.submit(**typed)


async def newest(provider: Provider, *, to: str) -> dict[str, Any]:
    """The newest message to one address or number."""
    return next(message for message in await provider.inbox() if message["to"] == to)


async def code_sent(provider: Provider, *, to: str) -> str:
    """The newest code in a message to one address or number."""
    codes = [str(message["code"]) for message in await provider.inbox() if message["to"] == to and message["code"]]
    assert codes, f"no code was sent to {to}"
    return codes[0]


async def verify_phone(browser: Browser, provider: Provider, *, phone: str = EVAS_PHONE) -> Page:
    """Presses "Send SMS" and types the code."""
    await browser.submit(button="send-sms")
    return await browser.submit(code=await code_sent(provider, to=phone))


async def register(browser: Browser, provider: Provider, *, url: str = "/login", **changes: str) -> Page:
    """From the first page to the one that says that the account is ready."""
    await browser.open(url)
    await fill_in_registration(browser, **changes)
    await browser.submit(code=await code_sent(provider, to=changes.get("email", EVA)))
    return await verify_phone(browser, provider, phone=changes.get("phone", EVAS_PHONE))


def wrong(code: str) -> str:
    """Another code of six digits."""
    return f"{(int(code) + 1) % 10**6:06}"
