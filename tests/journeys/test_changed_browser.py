"""The browser changes under a login (F8), in Chromium: the same cookies, another User-Agent."""

import pytest

from tests.journeys.conftest import People
from tests.journeys.surroundings import World
from tests.support.browser import FIREFOX
from tests.support.chromium import Person

SENTENCES = {
    "en": "The login was invalidated because the browser (User-Agent) was changed.",
    "cs": "Přihlášení bylo zneplatněno, protože došlo ke změně prohlížeče (User-Agent).",
}


def as_another_browser(people: People, person: Person) -> Person:
    """The cookies of `person` in a browser that introduces itself as Firefox."""
    cookies = person.context.storage_state()
    return people(locale=person.locale, scripts=person.scripts, storage_state=cookies, user_agent=FIREFOX)


def told(person: Person) -> str:
    return person.page.inner_text("#notice p:first-child")


@pytest.mark.requirement("RT-12")
def test_changed_browser_reads_why_and_signs_in_again(world: World, person: Person, people: People) -> None:
    """J6: the login page has the sentence, leads to advice, and the login then ends in the application."""
    email, password = world.live.account
    world.sign_in(person, email, password)
    world.at_portal(person)
    other = as_another_browser(people, person)
    other.goto(f"{world.portal}/login")
    other.at("/login")
    assert told(other) == SENTENCES[other.locale]
    with other.page.expect_navigation():
        other.page.click("#notice a")
    other.at("/help/cannot-complete-login")
    other.back()
    other.at("/login")
    other.fill(username=email, password="not the password")
    other.press("login-submit")
    other.at("/login")
    other.fill(password=password)
    other.press("login-submit")
    world.at_portal(other)

    # The first browser's login ended with it, and it reads the same.
    person.goto(f"{world.issuer}/account/security")
    person.at("/login")
    assert told(person) == SENTENCES[person.locale]


@pytest.mark.requirement("RT-12")
def test_changed_browser_is_refused_at_the_refresh(world: World, person: Person, people: People) -> None:
    """The portal passes the browser on: its refresh is refused, and the provider's login page says why."""
    email, password = world.live.account
    world.sign_in(person, email, password)
    world.at_portal(person)
    other = as_another_browser(people, person)
    other.goto(f"{world.portal}/dashboard")
    other.press("refresh")
    world.at_portal(other, "/problem")
    assert other.page.inner_text("#problem-description") == SENTENCES["en"]  # RFC 6749 §5.2: for developers
    assert other.page.inner_text("#problem-error, #problem-sentence") != ""
    other.press("again")
    other.at("/login")
    assert told(other) == SENTENCES[other.locale]
    other.fill(username=email, password=password)
    other.press("login-submit")
    world.at_portal(other)
