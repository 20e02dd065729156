"""OTP in Chromium: set in Account Security, asked for at the next login, and demanded by an API on the way."""

from urllib.parse import urlsplit

import pytest

from idp.accounts import store as accounts
from idp.credentials import store as credentials
from idp.sealing import new_id
from tests.journeys.conftest import TWICE
from tests.journeys.surroundings import World
from tests.support.chromium import Person, headers_of
from tests.support.provider import OTP_KEY


def set_up(world: World, person: Person, path: str, codes_path: str) -> str:
    """Reads the shared key of the page, proves the password and a code of it, and saves the recovery codes; the key."""
    person.at(path)
    key = person.page.inner_text("#shared-key").replace(" ", "")
    person.fill(password=world.live.account[1], code=world.otp(key))
    person.press("otp-activate")
    person.at(codes_path)
    assert person.page.locator("#recovery-codes li").count() == 10
    person.press("codes-saved")
    return key


@pytest.mark.requirement("SE-15")
def test_otp_is_set_and_asked_for_at_the_next_login(world: World, person: Person) -> None:
    """J2: set OTP, sign out, sign in with OTP, reach the portal, and sign out from there."""
    email, password = world.live.account
    person.goto(f"{world.issuer}/account/security")
    person.at("/login")
    person.fill(username=email, password=password)
    person.press("login-submit")
    person.at("/account/security")
    person.press("set-otp")
    key = set_up(world, person, "/account/security/otp", "/account/security/recovery-codes")
    person.at("/account/security")
    assert person.page.locator("#disable-otp").is_visible()
    person.press("logout")
    person.at("/logout")
    person.press("logout-confirm")
    person.at("/logged-out")
    assert '"cache"' in [
        headers_of(answer).get("clear-site-data") for answer in person.answers if "/logout" in answer.url
    ]
    for _ in range(2):  # the question, and the page before it
        person.back()
        assert urlsplit(person.page.url).path in {"/logged-out", "/login"}
        assert email not in person.page.content()

    world.sign_in(person, email, password)
    person.at("/login/otp")
    person.enter_code(world.otp(key), "otp-submit")
    world.at_portal(person)
    person.press("sign-out")
    world.at_portal(person, "/")
    assert person.page.locator("#signed-out").is_visible()
    person.goto(f"{world.issuer}/account/security")
    person.at("/login")


@TWICE
def test_step_up_asks_a_password_session_for_the_code_only(world: World, person: Person) -> None:
    """F4.1, F4.4: the API refuses, the portal comes back with what it was told, and only the OTP is asked for."""
    email, password = world.live.account
    world.sign_in(person, email, password)
    world.at_portal(person)
    world.live.run(_switch_otp_on(world, email))
    person.press("open-protected")
    person.at("/login/otp")
    asked = next(address for address in reversed(person.addresses) if "/authorize?" in address)
    assert "acr_values=urn%3Aidp%3Aacr%3Aotp" in asked
    assert "max_age=300" in asked
    person.enter_code(world.otp(), "otp-submit")
    world.at_portal(person, "/protected")
    assert "This needed a recent sign-in with OTP." in person.reads()


def test_step_up_offers_to_set_otp_there_and_then(world: World, person: Person) -> None:
    """F4.2: an account without OTP is asked to set it up, may decline, and goes on to the protected area."""
    email, password = world.live.account
    world.sign_in(person, email, password)
    world.at_portal(person)
    person.press("open-protected")
    person.at("/login/otp/setup")
    person.press("otp-decline")
    world.at_portal(person, "/problem")
    assert person.page.locator("#problem-error").text_content() == "unmet_authentication_requirements"
    person.goto(f"{world.portal}/protected")
    person.at("/login/otp/setup")
    person.press("set-otp")
    set_up(world, person, "/login/otp/setup", "/login/recovery-codes")
    world.at_portal(person, "/protected")
    assert "This needed a recent sign-in with OTP." in person.reads()


async def _switch_otp_on(world: World, email: str) -> None:
    """As if the account had set OTP elsewhere, and this session had been spared."""
    wiring, session_id = world.live.provider.wiring, new_id()
    async with wiring.database.writing() as db:
        account = await accounts.find_by_email(db, email)
        assert account is not None
        now = world.clock.now()
        await credentials.put_pending_otp_key(
            db, wiring.master_keys, account.id, key=OTP_KEY, session_id=session_id, now=now
        )
        await credentials.activate_otp_key(db, account.id, step=0, session_id=session_id, now=now)
