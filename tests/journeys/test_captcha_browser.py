"""The CAPTCHA in Chromium: solved by the real widget at the real cost, and the way without JavaScript."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.settings import Settings
from tests.journeys.conftest import People
from tests.journeys.surroundings import World
from tests.support.chromium import Person
from tests.support.clock import MovableClock
from tests.support.live import EMAIL, LiveProvider, live
from tests.support.provider import PASSWORD

EVA = "eva.nova@example.com"
VERIFIED = ".altcha[data-state=verified]"


def fill_in(person: Person) -> None:
    person.fill(given_name="Eva", family_name="Nová", email=EVA, phone="+420 601 123 457", password=PASSWORD)
    person.page.check("#agree")


@pytest.fixture
def real_cost(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[LiveProvider]:
    """A provider that asks for as much work as an installation does that sets nothing."""
    cost = Settings.model_fields["captcha_cost"].default
    with live(sqlite_url, tmp_path / "var", clock, captcha_cost=cost) as found:
        yield found


@pytest.mark.parametrize("locale", ["en", "cs"])
def test_the_widget_solves_a_real_challenge(real_cost: LiveProvider, people: People, locale: str) -> None:
    """It begins with the first field, says when it is done, and breaks neither the policy nor a rule of axe."""
    person = people(locale=locale)
    person.goto(f"{real_cost.issuer}/login")
    person.press("register")
    person.at("/register")
    fill_in(person)
    person.page.wait_for_selector(VERIFIED)
    words = {"en": "Verified", "cs": "Ověřeno"}[locale]
    assert words in person.page.inner_text("#captcha")
    person.examiner.seen.clear()  # the same page, in another state
    person.at("/register")
    person.press("register-submit")
    person.at("/verify/email")
    assert "altcha" not in person.page.content()
    assert all(address.startswith(real_cost.issuer) for address in person.addresses)


def test_who_is_quicker_than_the_work_presses_once(real_cost: LiveProvider, people: People) -> None:
    """Three wrong passwords, then Enter at once with the right one: the form goes out when the work is done."""
    person = people()
    person.goto(f"{real_cost.issuer}/login")
    for _ in range(3):
        person.fill(username=EMAIL, password="wrong")
        person.press("login-submit")
    assert person.page.locator("#recovery").is_visible()
    assert not person.page.locator(VERIFIED).count()
    sent = len([answer for answer in person.answers if answer.request.method == "POST"])
    person.fill(password=PASSWORD)
    person.page.press("#password", "Enter")
    person.at("/account/security")
    assert len([answer for answer in person.answers if answer.request.method == "POST"]) == sent + 1


def test_a_page_left_open_gets_a_new_challenge(world: World, people: People) -> None:
    """Its own one is good for ten minutes; what was solved before is solved anew, and nobody notices."""
    person = people()
    person.page.clock.install()
    person.goto(f"{world.issuer}/login")
    person.press("register")
    person.at("/register", look=False)
    fill_in(person)
    person.page.wait_for_selector(VERIFIED)
    world.clock.advance(minutes=9)
    with person.page.expect_response(lambda answer: "/captcha?for=register" in answer.url):
        person.page.clock.fast_forward("09:01")
    world.clock.advance(minutes=9)
    person.press("register-submit")
    person.at("/verify/email")


def test_where_the_widget_cannot_load_the_form_waits(world: World, people: People) -> None:
    """A blocker took the script away: the form can be sent all the same, with the patience of those without scripts."""
    person = people()
    person.context.route("**/altcha.min.js*", lambda route: route.abort())
    person.goto(f"{world.issuer}/login")
    person.press("register")
    person.at("/register", look=False)
    fill_in(person)
    person.press("register-submit")
    assert "Please wait 20 seconds" in person.reads()
    world.clock.advance(seconds=20)
    person.press("continue")
    person.at("/register", look=False)
    person.fill(password=PASSWORD)
    person.press("register-submit")
    person.at("/verify/email")
    person.expect_complaint("ERR_FAILED", "altcha.min.js")


@pytest.mark.parametrize("locale", ["en", "cs"])
def test_without_javascript_the_form_waits_and_goes_on(world: World, people: People, locale: str) -> None:
    """Sent at once: the page that waits leads back to the form, where everything typed but the password stands."""
    person = people(locale=locale, scripts=False)
    person.goto(f"{world.issuer}/login")
    person.press("register")
    person.at("/register")
    fill_in(person)
    person.press("register-submit")
    person.at("/register")
    words = {"en": "Please wait 20 seconds", "cs": "Počkejte prosím 20 sekund"}
    assert person.page.inner_text("h1") == words[locale]
    assert person.page.locator("meta[http-equiv=refresh]").get_attribute("content") == (
        "20; url=" + person.page.url.removeprefix(world.issuer)
    )
    world.clock.advance(seconds=20)
    person.press("continue")
    person.at("/register")
    assert person.page.input_value("#email") == EVA
    assert person.page.is_checked("#agree")
    person.fill(password=PASSWORD)
    person.press("register-submit")
    person.at("/verify/email")
