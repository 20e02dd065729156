"""A device and a backchannel request in Chromium: with and without scripts, in both languages, looked at on the way."""

import pytest
from sqlalchemy import update

from idp.accounts.table import accounts
from tests.journeys.conftest import TWICE, People
from tests.support.chromium import Person
from tests.support.decoupled import Asking, Device, a_device, an_asking_client
from tests.support.live import LiveProvider

DONE = {"en": "You have allowed", "cs": "Povolili jste přístup"}
DENIED = {"en": "gets nothing", "cs": "nedostane nic"}


@pytest.fixture
def live(live_provider: LiveProvider, locale: str) -> LiveProvider:
    """The account speaks the language of the journey."""

    async def speak() -> None:
        async with live_provider.provider.wiring.database.writing() as db:
            await db.execute(update(accounts).values(locale=locale))

    live_provider.run(speak())
    return live_provider


def _sign_in(person: Person, live: LiveProvider) -> None:
    email, password = live.account
    person.at("/login")
    person.fill(username=email, password=password)
    person.press("login-submit")


@pytest.mark.requirement("TK-29")
@TWICE
def test_TK_29_a_code_is_typed_and_allowed(live: LiveProvider, people: People, locale: str, scripts: bool) -> None:
    """The code, wrong and then right; the login; the page with the same code; the last word."""
    tv: Device = live.run(a_device(live.provider))
    started = live.run(tv.started())
    person = people(locale=locale, scripts=scripts)
    person.goto(f"{live.issuer}/device")
    person.at("/device")
    person.fill(user_code="bcdf ghjk")
    person.press("device-submit")
    assert person.at("/device").locator("#errors").count() == 1
    person.fill(user_code=started["user_code"].lower().replace("-", ""))
    person.press("device-submit")
    _sign_in(person, live)
    shown = person.at("/approve").inner_text("main")
    for words in (started["user_code"], "Acme TV", "tv.example", "198.51.100.7"):
        assert words in shown
    person.press("request-allow")
    person.at("/approve/done")
    assert DONE[locale] in person.reads()
    assert live.run(tv.poll(started["device_code"])).status_code == 200


@pytest.mark.requirement("TK-29")
@TWICE
def test_TK_29_a_scanned_address_still_asks(live: LiveProvider, people: People, locale: str, scripts: bool) -> None:
    """`verification_uri_complete` as a telephone opens it: filled in, sent by hand, and denied."""
    tv: Device = live.run(a_device(live.provider, first_party=False))
    started = live.run(tv.started())
    person = people(locale=locale, scripts=scripts)
    person.goto(started["verification_uri_complete"])
    assert person.at("/device").input_value("#user_code") == started["user_code"]
    person.press("device-submit")
    _sign_in(person, live)
    person.at("/approve")
    person.press("request-allow")
    person.at("/consent")
    person.press("consent-deny")
    person.at("/approve/done")
    assert DENIED[locale] in person.reads()
    person.back()
    assert live.run(tv.poll(started["device_code"])).json()["error"] == "access_denied"


@TWICE
def test_a_backchannel_request_is_answered(live: LiveProvider, people: People, locale: str, scripts: bool) -> None:
    """From the mail's link over the login and the list to the answer."""
    bank: Asking = live.run(an_asking_client(live.provider))
    started = live.run(bank.started(binding_message="Transfer 4711"))
    person = people(locale=locale, scripts=scripts)
    (link,) = live.inbox()[0]["links"]
    person.goto(link)
    _sign_in(person, live)
    assert "Transfer 4711" in person.at("/account/requests").inner_text("main")
    person.press("request-1")
    assert "Transfer 4711" in person.at("/approve").inner_text("main")
    person.press("request-allow")
    person.at("/approve/done")
    assert DONE[locale] in person.reads()
    assert live.run(bank.poll(started["auth_req_id"])).status_code == 200
    person.goto(link)
    assert person.at("/account/requests").locator("#no-requests").count() == 1
