"""Tabs in Chromium: several logins at once in a browser that has no cookie yet."""

from playwright.sync_api import Page

from tests.journeys.conftest import TWICE
from tests.journeys.surroundings import World
from tests.support.chromium import Person

_OPEN = "addresses => { for (const address of addresses) window.open(address, '_blank', 'noopener'); }"


def tabs_of(person: Person, addresses: list[str]) -> list[Page]:
    """Opens all of them at once, as a browser does that restores its tabs."""
    context, before = person.context, len(person.context.pages)
    with context.expect_event("page", lambda _: len(context.pages) == before + len(addresses)):
        person.page.evaluate(_OPEN, addresses)
    return context.pages[before:]


def test_three_tabs_all_reach_the_application(world: World, person: Person) -> None:
    """J7: opened at once without a cookie, signed in in the second; all three end in the portal."""
    email, password = world.live.account
    person.goto(f"{world.portal}/")
    tabs = [
        Person(person.context, page, person.locale, person.scripts, person.examiner)
        for page in tabs_of(person, [f"{world.portal}/login"] * 3)
    ]
    first, second, third = tabs
    for tab in tabs:
        tab.at("/login")
    second.fill(username=email, password=password)
    second.press("login-submit")
    world.at_portal(second)
    # The first is filled in all the same, the third just comes back into view.
    first.fill(username=email, password=password)
    first.press("login-submit")
    world.at_portal(first)
    third.page.reload()
    world.at_portal(third)
    assert [tab.page.locator("#refresh").count() for tab in tabs] == [1, 1, 1]


@TWICE
def test_restored_tabs_keep_their_own_requests(world: World, person: Person) -> None:
    """Three requests of one portal session, reopened at once after the provider's cookies are gone."""
    email, password = world.live.account
    addresses = []
    for _ in range(3):
        person.goto(f"{world.portal}/login")
        person.at("/login")
        addresses.append(next(each for each in reversed(person.addresses) if "/authorize?" in each))
    person.context.clear_cookies(domain="localhost")
    tabs = [
        Person(person.context, page, person.locale, person.scripts, person.examiner)
        for page in tabs_of(person, addresses)
    ]
    for tab in tabs:
        tab.at("/login")
    for tab in (tabs[1], tabs[0], tabs[2]):
        tab.fill(username=email, password=password)
        tab.press("login-submit")
        world.at_portal(tab)
    codes = {address for address in person.addresses if "/callback?code=" in address}
    assert len(codes) == 3
