"""Registration in Chromium: the form, the code or link of the mail, the SMS code, and the application."""

from tests.journeys.conftest import TWICE, People
from tests.journeys.surroundings import World
from tests.support.chromium import Person

EMAIL = "jana.novotna@example.com"
PASSWORD = "seven grey geese over Brno"


def register(world: World, person: Person) -> None:
    """From the portal's "Create an account" to the page that waits for the mail's code."""
    person.goto(f"{world.portal}/")
    person.press("create-account")
    person.at("/register")
    person.fill(given_name="Jana", family_name="Novotná", email=EMAIL, phone="+420 601 123 457", password=PASSWORD)
    person.page.check("#agree")
    world.fill_in_slowly(person)
    person.press("register-submit")
    person.at("/verify/email")


def verify_phone(world: World, person: Person) -> None:
    """From "Send SMS" to the application, signed in."""
    person.at("/verify/phone")
    person.press("send-sms")
    person.at("/verify/phone")
    person.enter_code(world.message("sms")["code"], "verify-submit")
    person.at("/register/done")
    person.press("continue")
    world.at_portal(person)
    assert "Jana Novotná" in person.reads()


def test_registration_with_the_code_ends_in_the_application(world: World, person: Person) -> None:
    """J1: register, verify the email by its code and the phone by SMS, and land in the portal signed in."""
    register(world, person)
    person.enter_code(world.message("mail")["code"], "verify-submit")
    verify_phone(world, person)


@TWICE
def test_registration_with_the_link_ends_in_the_application(world: World, person: Person, people: People) -> None:
    """J1 by the mail's link, opened on another device: the first browser notices, and goes on."""
    register(world, person)
    person.press("clicked-link")
    person.at("/verify/email")  # not opened yet: says so
    assert person.page.locator("#errors").is_visible()
    phone = people(locale=person.locale, scripts=person.scripts)
    phone.goto(world.message("mail")["links"][0])
    phone.at("/verify/email/link")
    phone.press("confirm-email")
    phone.at("/verify/email/confirmed")
    person.press("clicked-link")
    verify_phone(world, person)
