"""Changing the phone in Chromium: in the account, and while its code is waited for at the login (J5)."""

import pytest

from tests.journeys.conftest import TWICE
from tests.journeys.surroundings import World
from tests.support.chromium import Person

LANDLINE = {"en": "This looks like a landline.", "cs": "Vypadá to na pevnou linku."}
NEW = "+420 602 111 222"


def resend(world: World, person: Person, path: str) -> None:
    """Before a minute is over the button waits, with scripts and without; after it, it sends."""
    world.clock.advance(seconds=18)
    person.page.reload()
    person.at(path)
    if person.scripts:
        assert person.page.get_attribute("#resend", "aria-disabled") == "true"
    else:
        person.press("resend")
        person.at(path)
        assert person.page.locator("#errors").is_visible()
    assert _texts(world) == 1
    world.clock.advance(seconds=42)
    person.page.reload()
    person.at(path)
    person.press("resend")
    person.at(path)
    assert person.page.locator("#notice").is_visible()
    assert _texts(world) == 2


def _texts(world: World) -> int:
    return len([message for message in world.live.inbox() if message["to"] == NEW.replace(" ", "")])


@pytest.mark.requirement("RC-17", "RC-18")
def test_the_phone_is_changed_in_the_account(world: World, person: Person) -> None:
    """Landline refused, an old login confirmed, the number kept; resend before and after 60 s; old number told."""
    email, password = world.live.account
    person.goto(f"{world.issuer}/account/security")
    person.at("/login")
    person.fill(username=email, password=password)
    person.press("login-submit")
    person.at("/account/security")
    world.clock.advance(minutes=6)
    person.press("change-phone")
    person.at("/account/phone")
    person.fill(phone="+420 226 236 112")
    person.press("change-submit")
    person.at("/account/phone")
    assert LANDLINE[person.locale] in person.reads()
    person.fill(phone=NEW)
    person.press("change-submit")
    person.at("/account/confirm")
    person.fill(password=password)
    person.press("confirm-submit")
    person.at("/account/phone")
    assert person.page.input_value("#phone") == NEW
    person.press("change-submit")
    person.at("/account/phone/code")
    resend(world, person, "/account/phone/code")
    person.enter_code(world.message("sms")["code"], "verify-submit")
    person.at("/account/security")
    assert "222" in person.page.inner_text("[aria-labelledby=contact-heading]")
    assert world.message("sms")["to"] == "+420601123456"


@TWICE
def test_the_phone_is_corrected_during_the_login(world: World, person: Person) -> None:
    """J5: the login waits for the code of a number that is wrong; it is corrected, and the login goes on."""
    _, password = world.live.account
    world.account("petr@wedos.cz", phone="+420603777888", phone_verified=False)
    world.sign_in(person, "petr@wedos.cz", password)
    person.at("/verify/phone")
    person.press("change-phone")
    person.at("/verify/phone/change")
    person.fill(phone="+420 226 236 112")
    person.press("change-submit")
    person.at("/verify/phone/change")
    assert LANDLINE[person.locale] in person.reads()
    person.fill(phone=NEW)
    person.press("change-submit")
    person.at("/verify/phone")
    person.press("send-sms")
    person.at("/verify/phone")
    resend(world, person, "/verify/phone")
    person.enter_code(world.message("sms")["code"], "verify-submit")
    world.at_portal(person)
