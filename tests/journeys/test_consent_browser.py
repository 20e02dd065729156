"""Consent in Chromium: somebody else's application asks, and takes no for an answer."""

import pytest

from tests.journeys.surroundings import World
from tests.support.chromium import Person

REFUSALS = {"en": "You did not allow access.", "cs": "Přístup jste nepovolili."}


@pytest.mark.requirement("AZ-17")
def test_consent_is_denied_and_then_given(world: World, person: Person) -> None:
    """The refusal reaches the partner in words; a second try is allowed, shows what it got, and is not asked again."""
    email, password = world.live.account
    person.goto(f"{world.portal}/partner")
    person.press("partner-sign-in")
    person.at("/login")
    person.fill(username=email, password=password)
    person.press("login-submit")
    shown = person.at("/consent").inner_text("main")
    assert email in shown
    assert "Lucie Malá" in shown
    assert world.portal_host in shown
    person.press("consent-deny")
    world.at_portal(person, "/problem")
    assert person.page.inner_text("#problem-sentence") == REFUSALS[person.locale]
    person.press("again")
    person.at("/consent")
    person.press("consent-allow")
    world.at_portal(person, "/partner")
    assert email in person.reads()
    person.press("partner-sign-in")
    world.at_portal(person, "/partner")
