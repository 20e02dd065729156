"""J10: the support desk in Chromium, from the public form to the mail, and two people for what weakens an account."""

from dataclasses import dataclass
from typing import Any

import pytest

from idp.accounts import store as accounts
from idp.accounts.account import Account, Role
from idp.support import store as cases
from idp.support.case import Case, CaseKind
from tests.journeys.conftest import TWICE, People
from tests.journeys.surroundings import World
from tests.support.chromium import Person
from tests.support.desk import give_service, open_request
from tests.support.provider import PASSWORD

SENTENCES = {
    "en": {
        "received": "We have your request",
        "hint": "The hint is on its way.",
        "colleague": "A colleague must approve this.",
    },
    "cs": {
        "received": "Máme vaši žádost",
        "hint": "Nápověda je na cestě.",
        "colleague": "Schválit to musí kolega.",
    },
}


@dataclass(frozen=True, slots=True)
class Desk:
    """The world of a journey, with operators in it."""

    world: World

    def run(self, work: Any) -> Any:
        return self.world.live.run(work)

    def enter(self, person: Person, email: str, role: Role) -> None:
        """An operator with OTP signs in and stands at the queue."""
        self.world.account(email, otp=True, roles=(role,), phone=None, profile={"name": email.partition("@")[0]})
        person.goto(f"{self.world.issuer}/desk")
        person.at("/login", look=False)
        person.fill(username=email, password=PASSWORD)
        person.press("login-submit")
        person.at("/login/otp", look=False)
        person.enter_code(self.world.otp(), "otp-submit")
        person.at("/desk")

    def send_form(self, person: Person, button: str = "help-send") -> None:
        """The CAPTCHA solves itself where scripts run; elsewhere it takes patience."""
        if not person.scripts:
            self.world.clock.advance(seconds=20)
        person.press(button)

    def decide(self, person: Person, case: Case, decision: str, reason: str) -> None:
        person.goto(f"{self.world.issuer}/desk/requests/{case.number}")
        person.fill(reason=reason)
        person.press(decision)
        person.at(f"/desk/requests/{case.number}")


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


@pytest.mark.requirement("RC-22")
def test_hint_from_the_public_form_to_the_mail(desk: Desk, world: World, person: Person, people: People) -> None:
    """J10: a customer names a service, an operator finds the account by it, and the hint alone arrives."""
    email, _ = world.live.account
    account = desk.run(found_account(world, email))
    desk.run(give_service(world.live.provider, account.id, "lucie-web.cz"))
    person.goto(f"{world.issuer}/login")
    person.press("help-login-email")
    person.at("/help/login-email")
    person.fill(service="lucie-web.cz", contact_email="lucie@elsewhere.cz")
    desk.send_form(person)
    person.at("/help/login-email")
    assert SENTENCES[person.locale]["received"] in person.reads()
    number = person.page.inner_text("#number")

    olga = people(locale=person.locale, scripts=person.scripts)
    desk.enter(olga, "olga@desk.cz", Role.SUPPORT)
    with olga.page.expect_navigation():
        olga.page.click(f"text={number}")
    olga.at(f"/desk/requests/{number}")
    olga.press("assign")
    olga.press("send-hint")
    olga.at(f"/desk/requests/{number}")
    assert SENTENCES[person.locale]["hint"] in olga.reads()
    assert email not in olga.page.content()
    mail = world.message("mail")
    assert mail["to"] == "lucie@elsewhere.cz"
    assert "lu***@we***.c*" in mail["text"]
    assert email not in mail["text"]


@pytest.mark.requirement("AD-09")
def test_otp_deactivation_by_two_people(desk: Desk, world: World, person: Person, people: People) -> None:
    """J10: the first approval is not enough for the same person; a colleague gives the second."""
    world.account("otto@wedos.cz", otp=True, phone="+420602123456")
    account = desk.run(found_account(world, "otto@wedos.cz"))
    case = desk.run(open_request(world.live.provider, CaseKind.OTP_DEACTIVATION, account_id=account.id))
    desk.enter(person, "olga@desk.cz", Role.SUPPORT)
    person.goto(f"{world.issuer}/desk/requests/{case.number}")
    person.at(f"/desk/requests/{case.number}")
    person.press("evidence-identity_documents")
    desk.decide(person, case, "approve", "Passport seen")
    assert person.page.inner_text("#colleague") == SENTENCES[person.locale]["colleague"]
    assert person.page.locator("#approve").count() == 0

    adam = people(locale=person.locale, scripts=person.scripts)
    desk.enter(adam, "adam@desk.cz", Role.APPROVER)
    desk.decide(adam, case, "approve", "Seen, too")
    after = desk.run(current(world, case))
    assert after.first_approver is not None
    assert after.second_approver not in {None, after.first_approver}
    assert not adam.page.locator("#errors").count()


@TWICE
def test_customer_authorises_a_change_by_phone(desk: Desk, world: World, person: Person, people: People) -> None:
    """F7.3: the form, the code that the desk sends to the phone on file, and a page that the customer types it into."""
    email, _ = world.live.account
    person.goto(f"{world.issuer}/help/change-login-email")
    person.at("/help/change-login-email")
    person.fill(old_email=email, new_email="lucie@new.cz", phone="+420 601 123 456")
    desk.send_form(person)
    number = person.page.inner_text("#number")
    olga = people(locale=person.locale, scripts=person.scripts)
    desk.enter(olga, "olga@desk.cz", Role.SUPPORT)
    olga.goto(f"{world.issuer}/desk/requests/{number}")
    olga.press("assign")
    olga.press("send-sms")
    olga.at(f"/desk/requests/{number}")
    code = world.message("sms")["code"]
    assert code not in olga.page.content()

    person.press("authorise")
    person.at(f"/case/{number}/authorise")
    person.fill(code="000000" if code != "000000" else "000001")
    desk.send_form(person, "authorise")
    person.at(f"/case/{number}/authorise")
    assert person.page.locator("#errors").is_visible()
    person.fill(code=code)
    desk.send_form(person, "authorise")
    person.at(f"/case/{number}/authorise")
    assert person.page.locator("#authorised").is_visible()


@TWICE
def test_contact_from_the_phone_page(desk: Desk, world: World, person: Person) -> None:
    """J5: the SMS does not arrive; the form knows the number and the time, and ends in the queue."""
    world.account("petr@wedos.cz", phone="+420603123456", phone_verified=False)
    world.sign_in(person, "petr@wedos.cz", PASSWORD)
    person.at("/verify/phone")
    person.press("send-sms")
    person.page.click("details summary")
    person.press("contact")
    person.at("/contact")
    assert "+420 ••• ••• 456" in person.page.inner_text("#about")
    person.fill(contact_email="petr@elsewhere.cz", message="Nic nepřišlo.")
    desk.send_form(person)
    person.at("/contact")
    assert SENTENCES[person.locale]["received"] in person.reads()


@TWICE
def test_every_page_of_the_desk(desk: Desk, world: World, person: Person) -> None:
    """Search, customer, reveal, audit: each whole and accessible, in both languages, and nothing in an address."""
    email, _ = world.live.account
    desk.enter(person, "olga@desk.cz", Role.SUPPORT)
    person.press("nav-search")
    person.at("/desk/search")
    person.fill(q=email)
    person.press("search")
    person.at("/desk/search")
    person.press("customer-1")
    account = desk.run(found_account(world, email))
    person.at(f"/desk/customers/{account.id}")
    person.page.click("#reveal-open")
    person.fill(reason="Na telefonu")
    person.press("reveal")
    person.at(f"/desk/customers/{account.id}")
    assert person.page.inner_text("#revealed") == email
    person.press("nav-audit")
    person.at("/desk/audit")
    assert "Na telefonu" in person.reads()
    assert not any("wedos" in address for address in person.addresses)


async def found_account(world: World, email: str) -> Account:
    async with world.live.provider.wiring.database.reading() as db:
        account = await accounts.find_by_email(db, email)
    assert account is not None
    return account


async def current(world: World, case: Case) -> Case:
    async with world.live.provider.wiring.database.reading() as db:
        found = await cases.find(db, case.id)
    assert found is not None
    return found
