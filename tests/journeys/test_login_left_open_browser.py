"""A login page that stayed open, in Chromium: over lunch it still works, after a day it says what to do."""

import pytest

from idp.clock import SystemClock
from tests.journeys.conftest import TWICE
from tests.journeys.surroundings import World
from tests.support.chromium import Person
from tests.support.clock import MovableClock

_A_DAY = 26 * 3600


@pytest.fixture
def clock() -> MovableClock:
    """Yesterday: the portal looks at the machine's clock, and a login must end no later than now."""
    return MovableClock(SystemClock().now() - _A_DAY)


def test_page_left_open_for_hours_ends_in_the_application(world: World, person: Person) -> None:
    """F2.5: the flow is good for a day, whatever became of the browser's cookies meanwhile."""
    email, password = world.live.account
    world.clock.advance(seconds=_A_DAY - 5 * 3600 - 60)
    person.goto(f"{world.portal}/login")
    person.at("/login")
    person.fill(username=email)
    world.clock.advance(hours=5)
    person.context.clear_cookies(domain="localhost")
    person.fill(password=password)
    person.press("login-submit")
    if person.page.url.startswith(world.issuer):  # its cookie was gone: the form comes back, with what was typed
        person.press("retry")
        person.at("/login")
        person.fill(username=email, password=password)
        person.press("login-submit")
    world.at_portal(person)


@TWICE
def test_page_left_open_for_a_day_says_what_to_do(world: World, person: Person) -> None:
    """P9: no dead end, no back-button error, and the way leads to the application."""
    email, password = world.live.account
    person.goto(f"{world.portal}/login")
    person.at("/login")
    world.clock.advance(seconds=_A_DAY - 60)
    person.fill(username=email, password=password)
    person.press("login-submit")
    person.at("/login")
    assert person.page.locator("#start-again").is_visible()
    with person.page.expect_navigation():
        person.page.click("footer a[href='/help']")
    person.at("/help")
    person.back()
    person.at("/login")
    person.press("start-again")
    world.at_portal(person, "/")
    person.press("sign-in")
    person.at("/login")
    person.fill(username=email, password=password)
    person.press("login-submit")
    world.at_portal(person)
