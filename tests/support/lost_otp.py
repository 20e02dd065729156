"""Losing the OTP device, in sentences: each step as a person takes it."""

import re
from typing import Any
from urllib.parse import urlsplit

from tests.support.browser import Browser, Page
from tests.support.captcha import solved
from tests.support.provider import Provider
from tests.support.registration import code_sent
from tests.support.relying_party import RelyingParty

OTTO = "otto@wedos.cz"
OTTOS_PHONE = "+420601555456"


async def otto(provider: Provider, **changes: Any) -> None:
    """An account with OTP."""
    details: dict[str, Any] = {"otp": True, "phone": OTTOS_PHONE}
    await provider.account(OTTO, **details | changes)


async def give_password(browser: Browser, rp: RelyingParty, email: str = OTTO, **request: Any) -> Page:
    page = await rp.sign_in(browser, email, **request)
    assert page.path == "/login/otp", page.url
    return page


async def ask(browser: Browser, rp: RelyingParty, email: str = OTTO, **request: Any) -> Page:
    """Password, then "I lost my OTP keycard"."""
    await give_password(browser, rp, email, **request)
    return await browser.submit(button="lost-otp")


async def links_to(provider: Provider, email: str = OTTO) -> list[str]:
    """The paths of the mailed links, newest first."""
    mails = [mail for mail in await provider.inbox() if mail["to"] == email]
    return [_path(link) for mail in mails for link in mail["links"] if "/lost-otp?" in link]


async def prove_mailbox(browser: Browser, provider: Provider, email: str = OTTO) -> Page:
    """Opens the newest link here and presses "Send SMS"."""
    await browser.open((await links_to(provider, email))[0])
    return await browser.submit(button="send-sms")


async def to_the_code(browser: Browser, rp: RelyingParty, email: str = OTTO, **request: Any) -> Page:
    """From the authorization request to the page that waits for the SMS code."""
    await ask(browser, rp, email, **request)
    page = await prove_mailbox(browser, rp.provider, email)
    assert page.path == "/lost-otp/code", page.url
    return page


async def send_code(browser: Browser, provider: Provider, phone: str = OTTOS_PHONE, *, code: str = "") -> Page:
    """Types the code of the newest SMS, or another one."""
    assert browser.page is not None
    typed = code or await code_sent(provider, to=phone)
    return await browser.submit(code=typed, **solved(browser.page))


async def objection_links(provider: Provider) -> dict[str, str]:
    """The path of the link that objects, by channel."""
    found = {}
    for message in await provider.inbox():
        for link in set(re.findall(r"http://\S+/object\?t=[\w-]+", message["text"])):
            found[message["channel"]] = _path(link)
    return found


def _path(link: str) -> str:
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"
