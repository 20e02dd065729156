"""What people do in one step: how to come there, the step, and what it has to leave behind.

For whoever cuts the step off, or has another node answer each request.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from idp.accounts import store as accounts
from idp.accounts.account import Account
from idp.audit.events import Event
from idp.credentials.otp import code_now
from tests.interaction.prompts.test_enroll_otp import key_on
from tests.support import lost_otp, recovery
from tests.support.browser import Browser, Page
from tests.support.provider import OTP_KEY, PASSWORD, Provider
from tests.support.recovery import NEW_PASSWORD
from tests.support.registration import code_sent, fill_in_registration
from tests.support.relying_party import RelyingParty
from tests.support.signing_in import try_password

_SECURITY, _OTP = "/account/security", "/login/otp"


@dataclass(slots=True)
class Person:
    """Somebody whose step is cut off. `key`: of the OTP device that they are setting up."""

    provider: Provider
    rp: RelyingParty
    browser: Browser
    email: str
    phone: str
    new_phone: str
    key: str = OTP_KEY

    @property
    def code(self) -> str:
        """What the OTP device shows."""
        return code_now(self.key, self.provider.clock.now())

    async def account(self, **changes: Any) -> None:
        await self.provider.account(self.email, phone=self.phone, **changes)

    async def sign_in(self, browser: Browser, password: str = PASSWORD) -> Page:
        """With the password, and the code of the OTP device where it is asked for."""
        page = await try_password(browser, self.email, password)
        if page.path == _OTP:
            self.provider.clock.advance(seconds=30)
            page = await browser.submit(code=self.code)
        return page

    async def found(self) -> Account | None:
        """The account, as far as there is one."""
        async with self.provider.wiring.database.reading() as db:
            return await accounts.find_by_email(db, self.email)

    async def opens(self, password: str) -> bool:
        async with Browser(self.provider.app, base_url=self.provider.issuer) as other:
            return (await self.sign_in(other, password)).path == _SECURITY

    async def has_otp(self) -> bool:
        """Asked for at the login, and what the device shows is right."""
        async with Browser(self.provider.app, base_url=self.provider.issuer) as other:
            asks = (await try_password(other, self.email, PASSWORD)).path == _OTP
        assert await self.opens(PASSWORD)
        return asks


class Journey(ABC):
    """`open` leads to the page whose form `step` sends. `is_done` fails where the step is done by half.

    `event`: stands in the audit log for each time that it was done.
    """

    name: ClassVar[str]
    event: Event
    has_otp: ClassVar[bool] = False

    async def before(self, person: Person) -> None:
        """Everything up to the step."""
        await person.account(otp=self.has_otp)
        await self.open(person)

    async def again(self, person: Person) -> None:
        """By somebody who has seen it fail, has closed the browser, and comes back a little later."""
        person.provider.clock.advance(minutes=15)
        person.browser.http.cookies.clear()
        await self.open(person)
        await self.step(person)

    @abstractmethod
    async def open(self, person: Person) -> None: ...

    @abstractmethod
    async def step(self, person: Person) -> Page: ...

    @abstractmethod
    async def is_done(self, person: Person) -> bool: ...


class ResetPassword(Journey):
    """By the link in the mail."""

    name = "reset"
    event = Event.PASSWORD_RECOVERED

    async def open(self, person: Person) -> None:
        await person.browser.open("/recovery")
        await recovery.ask(person.browser, person.email)
        await person.browser.open(await recovery.mailed_link(person.provider, person.email))

    async def step(self, person: Person) -> Page:
        return await recovery.set_password(person.browser, NEW_PASSWORD)

    async def is_done(self, person: Person) -> bool:
        """The link that has done it does nothing more."""
        is_done = await _has_the_new_password(person)
        if is_done:
            page = await person.browser.open(await recovery.mailed_link(person.provider, person.email))
            assert not any("new_password" in form.names for form in page.forms)
        return is_done


class ChangePassword(Journey):
    """In the account."""

    name = "change of the password"
    event = Event.PASSWORD_CHANGED

    async def open(self, person: Person) -> None:
        await person.sign_in(person.browser)
        await person.browser.open(f"{_SECURITY}/password")

    async def step(self, person: Person) -> Page:
        return await person.browser.submit(button="password-submit", password=PASSWORD, new_password=NEW_PASSWORD)

    async def is_done(self, person: Person) -> bool:
        return await _has_the_new_password(person)


async def _has_the_new_password(person: Person) -> bool:
    """There is one, never none, and never two."""
    old, new = [await person.opens(password) for password in (PASSWORD, NEW_PASSWORD)]
    assert old is not new
    return new


class SetOtp(Journey):
    """The code of the new device makes it the second factor."""

    name = "setting OTP"
    event = Event.OTP_ENABLED

    async def open(self, person: Person) -> None:
        await person.sign_in(person.browser)
        await person.browser.open(_SECURITY)
        person.key = key_on(await person.browser.submit(button="set-otp"))

    async def step(self, person: Person) -> Page:
        return await person.browser.submit(password=PASSWORD, code=person.code)

    async def is_done(self, person: Person) -> bool:
        return await person.has_otp()


class DisableOtp(Journey):
    """With the password and a code."""

    name = "disabling OTP"
    event = Event.OTP_DISABLED
    has_otp = True

    async def open(self, person: Person) -> None:
        await person.sign_in(person.browser)
        person.provider.clock.advance(seconds=30)
        await person.browser.open(f"{_SECURITY}/otp/disable")

    async def step(self, person: Person) -> Page:
        return await person.browser.submit(password=PASSWORD, code=person.code)

    async def is_done(self, person: Person) -> bool:
        return not await person.has_otp()


class LoseOtp(Journey):
    """The code of the SMS, after the link of the mail, switches it off."""

    name = "lost OTP"
    event = Event.OTP_DISABLED
    has_otp = True

    async def open(self, person: Person) -> None:
        await lost_otp.to_the_code(person.browser, person.rp, person.email)

    async def step(self, person: Person) -> Page:
        return await lost_otp.send_code(person.browser, person.provider, person.phone)

    async def is_done(self, person: Person) -> bool:
        return not await person.has_otp()


class ChangePhone(Journey):
    """The code in the SMS to the new number."""

    name = "change of the phone"
    event = Event.PHONE_CHANGED

    async def open(self, person: Person) -> None:
        await person.sign_in(person.browser)
        await person.browser.open(_SECURITY)
        await person.browser.click("change-phone")
        await person.browser.submit(phone=person.new_phone)

    async def step(self, person: Person) -> Page:
        return await person.browser.submit(code=await code_sent(person.provider, to=person.new_phone))

    async def is_done(self, person: Person) -> bool:
        account = await person.found()
        assert account is not None
        assert account.phone_is_verified
        assert account.phone in {person.phone, person.new_phone}
        return account.phone == person.new_phone


class Register(Journey):
    """`form`: the one that is cut off, counted from 0: the details, the code of the mail, that of the SMS."""

    name = "registration"

    def __init__(self, form: int) -> None:
        self._form = form
        self.event = (Event.REGISTRATION, Event.EMAIL_VERIFIED, Event.PHONE_VERIFIED)[form]

    async def before(self, person: Person) -> None:
        await self.open(person)

    async def open(self, person: Person) -> None:
        await person.browser.open("/login")
        await person.browser.click("register")
        for form in range(self._form):
            await self._send(person, form)

    async def step(self, person: Person) -> Page:
        return await self._send(person, self._form)

    async def again(self, person: Person) -> None:
        """The page is still open, and so is its form; but a CAPTCHA is good for one try."""
        if self._form == 0:
            await self.open(person)
        await self.step(person)

    async def is_done(self, person: Person) -> bool:
        """As far as it should have come; once the SMS was answered, with everything that was typed."""
        account = await person.found()
        if self._form < 2:
            return account is not None and (self._form == 0 or account.email_is_verified)
        if account is None or not account.phone_is_verified:
            return False
        assert (account.phone, account.profile["given_name"]) == (person.phone, "Eva")
        return await person.opens(PASSWORD)

    async def _send(self, person: Person, form: int) -> Page:
        match form:
            case 0:
                return await fill_in_registration(person.browser, email=person.email, phone=person.phone)
            case 1:
                return await person.browser.submit(code=await code_sent(person.provider, to=person.email))
            case _:
                if self._may_send(person.browser):
                    await person.browser.submit(button="send-sms")
                return await person.browser.submit(code=await code_sent(person.provider, to=person.phone))

    def _may_send(self, browser: Browser) -> bool:
        """The SMS may have been on its way when the process died."""
        return browser.page is not None and any("send-sms" in form.buttons for form in browser.page.forms)


JOURNEYS: dict[str, Journey] = {
    **{f"registration, form {form + 1}": Register(form) for form in range(3)},
    **{each.name: each() for each in (ResetPassword, ChangePassword, SetOtp, DisableOtp, LoseOtp, ChangePhone)},
}
