"""Password recovery in Chromium: the same browser, another one, too late, and a mail scanner first (J4)."""

from urllib.parse import urlsplit

import pytest

from idp.clock import SystemClock
from tests.journeys.conftest import TWICE, People
from tests.journeys.surroundings import World
from tests.support.chromium import Person
from tests.support.clock import MovableClock
from tests.support.live import EMAIL

NEW = "nine herons over the weir"
CODE_IN_WORDS = {"en": "Or type the code from the email here", "cs": "Nebo sem opište kód z e-mailu"}
NOT_SAME = {"en": "The passwords are not the same.", "cs": "Hesla se neshodují."}
ELSEWHERE = {
    "en": "Open this link on the device and in the browser where you asked for it.",
    "cs": "Otevřete odkaz na zařízení a v prohlížeči, kde jste o něj požádali.",
}
OLD = {"en": "This link has expired.", "cs": "Platnost odkazu vypršela."}
USED = {"en": "This link was already used.", "cs": "Tento odkaz už byl použit."}
DONE = {"en": "Your password is changed.", "cs": "Vaše heslo je změněno."}


@pytest.fixture
def clock() -> MovableClock:
    """A little more than the link's life ago: the portal looks at the machine's clock, and logins end before now."""
    return MovableClock(SystemClock().now() - 34 * 60)


def send(world: World, person: Person) -> None:
    """Sends the form of the first page; without scripts the CAPTCHA is twenty seconds of patience."""
    person.press("recovery-submit")
    if not person.scripts:
        person.at("/recovery")
        world.clock.advance(seconds=20)
        person.press("continue")
        person.at("/recovery")
        person.press("recovery-submit")


def ask(world: World, person: Person) -> str:
    """From the portal over the login page to the page that waits for the message; the message's link."""
    person.goto(f"{world.portal}/")
    person.press("sign-in")
    person.at("/login")
    person.press("recovery")
    person.at("/recovery")
    person.fill(username=EMAIL)
    send(world, person)
    person.at("/recovery/sent")
    assert CODE_IN_WORDS[person.locale] in person.reads()
    return str(world.message("mail")["links"][0])


def set_new_password(person: Person) -> None:
    """Two that differ first, then the right ones."""
    person.at("/recovery/new-password")
    person.fill(new_password=NEW, new_password_again=NEW.upper())
    person.press("reset-submit")
    person.at("/recovery/new-password")
    assert NOT_SAME[person.locale] in person.page.inner_text("#errors")
    person.fill(new_password=NEW, new_password_again=NEW)
    person.press("reset-submit")
    person.at("/recovery/done")
    assert DONE[person.locale] in person.reads()


def sign_in(world: World, person: Person) -> None:
    """The way on from the last page, into the application that was waiting."""
    person.press("login")
    person.at("/login")
    assert person.page.input_value("#username") == EMAIL
    person.fill(password=NEW)
    person.press("login-submit")
    world.at_portal(person)


@pytest.mark.requirement("RC-12")
def test_recovery_in_the_same_browser(world: World, person: Person) -> None:
    """J4: the link in the browser that asked. Its token stays in no address, and the tab that asked notices."""
    link = ask(world, person)
    tab = person.new_tab(link)
    set_new_password(tab)
    token = urlsplit(link).query
    assert token not in tab.page.url
    assert not [
        address for address in person.addresses if token in address and urlsplit(address).path != "/recovery/reset"
    ]
    person.page.reload()
    person.at("/recovery/sent")
    assert DONE[person.locale] in person.reads()
    sign_in(world, tab)
    tab.goto(link)
    tab.at("/recovery/reset")
    assert USED[person.locale] in tab.reads()


@pytest.mark.requirement("RC-04")
def test_recovery_with_the_mail_in_another_browser(world: World, person: Person, people: People) -> None:
    """J4: the other browser explains and spends nothing; the code typed in the first one opens the form."""
    link = ask(world, person)
    other = people(locale=person.locale, scripts=person.scripts)
    other.goto(link)
    other.at("/recovery/reset")
    assert ELSEWHERE[person.locale] in other.reads()
    assert "Linux" in other.page.inner_text("#asked-from")
    other.press("ask-again")
    other.at("/recovery")
    code = str(world.message("mail")["code"])
    person.fill(code="zzzz zzzz")
    person.press("code-submit")
    person.at("/recovery/sent")
    assert person.page.locator("#errors").is_visible()
    person.fill(code=f"{code[:4].lower()} {code[4:]}")
    person.press("code-submit")
    person.at("/recovery/new-password")
    person.back()
    person.at("/recovery/sent")
    person.page.go_forward()
    set_new_password(person)
    sign_in(world, person)


@TWICE
def test_recovery_after_thirty_minutes(world: World, person: Person) -> None:
    """J4: an old link says so, and the way to a new one still ends in the application."""
    link = ask(world, person)
    world.clock.advance(minutes=30)
    person.goto(link)
    person.at("/recovery/reset")
    assert OLD[person.locale] in person.reads()
    person.press("ask-again")
    person.at("/recovery")
    assert person.page.input_value("#username") == EMAIL
    send(world, person)
    person.at("/recovery/sent")
    person.goto(str(world.message("mail")["links"][0]))
    set_new_password(person)
    sign_in(world, person)


@pytest.mark.requirement("RC-05")
@TWICE
def test_recovery_with_a_scanner_first(world: World, person: Person, people: People) -> None:
    """J4: HEAD, GET and a GET that runs scripts, before the person: the link still works for the person."""
    link = ask(world, person)
    scanner = people(locale=person.locale, scripts=True)
    assert scanner.context.request.head(link).ok
    assert scanner.context.request.get(link).ok
    scanner.goto(link)
    scanner.at("/recovery/reset")
    person.goto(link)
    set_new_password(person)
    sign_in(world, person)
