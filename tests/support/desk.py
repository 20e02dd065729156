"""An operator at the desk, and cases to work on."""

from typing import Any

from idp.accounts.account import Role
from idp.administration.cases.office import office_of
from idp.administration.cases.opening import NewCase, open_case
from idp.credentials.otp import code_now
from idp.support.case import Case, CaseKind
from idp.support.services import Service, replace_services
from tests.support.browser import Browser, Page
from tests.support.provider import OTP_KEY, PASSWORD, Provider


async def sign_in_operator(provider: Provider, browser: Browser, email: str, *, at: str = "/desk") -> Page:
    """From the page that asks for the login, through password and OTP, and back. A code works once: the clock moves."""
    provider.clock.advance(seconds=30)
    await browser.open(at)
    await browser.submit(username=email, password=PASSWORD)
    return await browser.submit(code=code_now(OTP_KEY, provider.clock.now()))


async def operator(provider: Provider, browser: Browser, email: str, role: Role = Role.SUPPORT) -> Page:
    """An account with the role and OTP, signed in, at the queue."""
    name = email.partition("@")[0].title()
    await provider.account(email, otp=True, roles=(role,), profile={"name": name}, phone=None)
    return await sign_in_operator(provider, browser, email)


async def open_request(provider: Provider, kind: CaseKind = CaseKind.EMAIL_HINT, **given: Any) -> Case:
    """A case as a public form makes it."""
    new = NewCase(**{"kind": kind, "contact_email": "lucie@elsewhere.cz", "locale": "en", "message": "Help."} | given)
    origin = provider.origin()._replace(actor="anonymous")
    async with provider.wiring.database.writing() as db:
        return await open_case(db, provider.keys, new, office=office_of(provider.wiring.settings), origin=origin)


async def give_service(provider: Provider, account_id: str, name: str) -> None:
    """As a relying party reports it."""
    await provider.client("hosting") if await provider.wiring.clients.get("hosting") is None else None
    async with provider.wiring.database.writing() as db:
        await replace_services(
            db, client_id="hosting", account_id=account_id, services=[Service(name)], now=provider.clock.now()
        )
