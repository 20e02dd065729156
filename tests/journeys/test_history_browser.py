"""Back, Reload and Duplicate in Chromium, at every step of a login (D1): nothing is lost and nothing is sent twice."""

from collections.abc import Callable

import pytest

from tests.journeys.conftest import People
from tests.journeys.surroundings import World
from tests.support.chromium import Person

EMAIL = "petr.svoboda@example.com"
PASSWORD = "seven grey geese over Brno"


def wander(person: Person, path: str, submit_wrongly: Callable[[], None]) -> None:
    """A wrong answer, a link, Back, Back, Reload, and the same page in another tab."""
    heading = person.page.inner_text("h1")
    submit_wrongly()
    person.at(path)
    assert person.page.locator("#errors").is_visible()
    with person.page.expect_navigation():
        person.page.click("footer a[href='/help']")
    person.at("/help")
    person.back()
    person.at(path, look=False)
    assert person.page.locator("#errors").is_visible()
    person.back()
    person.at(path, look=False)
    assert person.page.inner_text("h1") == heading
    person.page.reload()
    person.at(path, look=False)
    duplicate = person.new_tab(person.page.url)
    duplicate.at(path, look=False)
    assert duplicate.page.inner_text("h1") == heading
    duplicate.page.close()


def test_every_step_of_a_registration_survives_back_and_reload(world: World, person: Person) -> None:
    """J8: from the form to the application; each message was sent once."""
    person.goto(f"{world.portal}/login?create=1")
    person.at("/register")
    wander(person, "/register", lambda: person.press("register-submit"))
    person.fill(given_name="Petr", family_name="Svoboda", email=EMAIL, phone="+420 601 123 458", password=PASSWORD)
    person.page.check("#agree")
    world.fill_in_slowly(person)
    person.press("register-submit")
    person.at("/verify/email")
    wander(person, "/verify/email", lambda: person.press("verify-submit"))
    person.press("change-email")
    person.at("/verify/email/change")
    wander(person, "/verify/email/change", lambda: person.press("change-submit"))
    person.press("back")
    person.at("/verify/email")
    person.enter_code(world.message("mail")["code"], "verify-submit")
    person.at("/verify/phone")
    person.back()  # the code was used: the flow stands further on
    person.at("/verify/phone")
    person.press("send-sms")
    person.at("/verify/phone")
    wander(person, "/verify/phone", lambda: person.press("verify-submit"))
    person.press("change-phone")
    person.at("/verify/phone/change")
    wander(person, "/verify/phone/change", lambda: person.press("change-submit"))
    person.press("back")
    person.at("/verify/phone")
    person.enter_code(world.message("sms")["code"], "verify-submit")
    person.at("/register/done")
    person.page.reload()
    person.press("continue")
    world.at_portal(person)
    person.back()  # the way to the application is open again: it begins a login of its own there
    person.at("/register/done")
    person.press("continue")
    world.at_portal(person, "/")
    assert [message["channel"] for message in world.live.inbox()] == ["sms", "mail"]


def test_every_step_of_a_login_survives_back_and_reload(world: World, person: Person) -> None:
    """J8: password, OTP, consent, sign-out."""
    world.account("otp@example.com", otp=True)
    password = world.live.account[1]
    person.goto(f"{world.portal}/partner/login")
    person.at("/login", look=False)
    wander(person, "/login", lambda: person.press("login-submit"))
    person.fill(username="otp@example.com", password=password)
    person.press("login-submit")
    person.page.wait_for_url("**/login/otp?**")
    wander(person, "/login/otp", lambda: person.press("otp-submit"))
    person.enter_code(world.otp(), "otp-submit")
    person.page.wait_for_url("**/consent?**")
    person.page.reload()
    person.back()  # an OTP page that is done with leads on
    person.page.wait_for_url("**/consent?**")
    person.press("consent-allow")
    person.page.wait_for_url(f"{world.portal}/partner")
    person.back()
    person.page.wait_for_url(f"{world.portal}/partner**")
    person.goto(f"{world.issuer}/logout")
    person.page.wait_for_url("**/logout")
    person.page.reload()
    person.press("logout-stay")
    person.page.wait_for_url("**/account/security")
    person.back()
    person.press("logout-confirm")
    person.page.wait_for_url("**/logged-out")
    person.page.reload()
    assert "otp@example.com" not in person.reads()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "noscript"])
def test_language_switch_keeps_the_flow(world: World, people: People, *, scripts: bool) -> None:
    """Each page offers the other language, says the same in it, and the login still ends in the application."""
    email, password = world.live.account
    person = people(locale="en", scripts=scripts)

    def switch_twice(path: str) -> None:
        heading = person.page.inner_text("h1")
        for language in ("cs", "en"):
            with person.page.expect_navigation():
                person.page.click(f"header a[hreflang={language}]")
            person.locale = language
            person.at(path)
            assert (person.page.inner_text("h1") == heading) is (language == "en"), (path, language)

    person.goto(f"{world.portal}/partner/login")
    person.at("/login")
    switch_twice("/login")
    person.press("register")
    person.at("/register")
    switch_twice("/register")
    person.press("login")
    person.at("/login")
    person.fill(username=email, password=password)
    person.press("login-submit")
    person.at("/consent")
    switch_twice("/consent")
    person.press("consent-allow")
    world.at_portal(person, "/partner")
    person.goto(f"{world.issuer}/account/security")
    person.at("/account/security")
    switch_twice("/account/security")
    person.press("set-otp")
    person.at("/account/security/otp")
    switch_twice("/account/security/otp")
    person.goto(f"{world.issuer}/authorize?client_id=nobody&redirect_uri=https%3A%2F%2Fapp.example%2F%2525&state=a+b")
    person.at("/authorize")
    switch_twice("/authorize")
    assert "redirect_uri=https%3A%2F%2Fapp.example%2F%2525&state=a+b" in person.page.url
    person.goto(f"{world.issuer}/logout?client_id=portal&state=x")
    person.at("/logout")
    switch_twice("/logout")
    assert person.page.url.endswith("/logout?client_id=portal&state=x")
    person.press("logout-confirm")
    person.at("/logged-out")
    switch_twice("/logged-out")
    for path in ("/help", "/help/cannot-complete-login", "/dev/inbox"):
        person.goto(f"{world.issuer}{path}")
        person.at(path)
        switch_twice(path)
