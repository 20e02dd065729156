"""J3 in Chromium: the OTP device is lost, inside and after five minutes, and the owner objects from another device."""

import pytest

from tests.journeys.conftest import TWICE, People
from tests.journeys.surroundings import World
from tests.support.chromium import Person
from tests.support.provider import PASSWORD

OTTO = "otto@wedos.cz"
DISABLED = {"en": "OTP is now disabled.", "cs": "OTP je nyní deaktivováno."}
EXPIRED = {"en": "This link has expired.", "cs": "Platnost odkazu vypršela."}
WAIT_SECONDS = 20


def lose_otp(world: World, person: Person) -> str:
    """From the portal to the page that says where to look; the mailed link."""
    world.account(OTTO, otp=True)
    world.sign_in(person, OTTO, PASSWORD)
    person.at("/login/otp")
    person.press("lost-otp")
    person.at("/lost-otp/sent")
    (link,) = world.message("mail")["links"]
    return str(link)


def prove_phone(world: World, person: Person) -> None:
    """The code of the SMS; the CAPTCHA solves itself where scripts run, and takes patience where they do not."""
    person.press("send-sms")
    person.at("/lost-otp/code")
    code = world.message("sms")["code"]
    if not person.scripts:
        world.clock.advance(seconds=WAIT_SECONDS)
    person.fill(code=code)
    person.press("lost-otp-submit")


def objection(world: World) -> str:
    """The link that the owner's mail brings."""
    links = [str(link) for mail in world.live.inbox() for link in mail["links"]]
    return next(link for link in links if "/object?" in link)


@pytest.mark.requirement("MF-15")
def test_a_lost_device_within_five_minutes(world: World, person: Person) -> None:
    """The link opens in a tab of its own, which goes on to the portal; the tab that asked follows."""
    link = lose_otp(world, person)
    world.clock.advance(minutes=4)
    tab = person.new_tab(link)
    tab.at("/lost-otp")
    prove_phone(world, tab)
    tab.at("/lost-otp/done")
    assert DISABLED[world.locale] in tab.reads()
    tab.press("continue")
    world.at_portal(tab)
    person.page.reload()
    assert "/lost-otp" not in person.page.url


@TWICE
def test_a_lost_device_after_five_minutes(world: World, person: Person) -> None:
    """The link has expired; signing in and asking again leads to a new one that works."""
    link = lose_otp(world, person)
    world.clock.advance(minutes=5)
    person.goto(link)
    person.at("/lost-otp")
    assert EXPIRED[world.locale] in person.reads()
    person.press("login")
    person.at("/login/otp")
    person.press("lost-otp")
    person.at("/lost-otp/sent")
    (link,) = world.message("mail")["links"]
    person.goto(link)
    prove_phone(world, person)
    person.at("/lost-otp/done")
    person.press("continue")
    person.at("/account/security")
    person.back()
    assert person.page.locator("h1").count() == 1


@TWICE
def test_the_owner_objects_from_another_device(
    world: World, person: Person, people: People, locale: str, scripts: bool
) -> None:
    """The link elsewhere tells who asked; after the fact, the message's link locks the account."""
    owner = people(locale=locale, scripts=scripts)
    link = lose_otp(world, person)
    owner.goto(link)
    owner.at("/lost-otp")
    assert owner.page.locator("#asked-by").is_visible()
    assert owner.page.locator("#send-sms").count() == 0
    person.goto(link)
    prove_phone(world, person)
    person.at("/lost-otp/done")
    owner.goto(objection(world))
    owner.at("/object")
    owner.press("object")
    owner.at("/object")
    assert owner.page.locator("#object").count() == 0
    person.press("continue")
    person.at("/login")
