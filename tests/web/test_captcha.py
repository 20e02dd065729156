"""The CAPTCHA of a form over HTTP: what is refused, the way without JavaScript, and what the page may load."""

import base64
import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from idp.captcha.table import spent_challenges
from idp.sealing import MasterKeys
from idp.settings import Captcha
from tests.support.browser import CHROME, Browser, Page
from tests.support.captcha import answer_to, solved
from tests.support.clock import MovableClock
from tests.support.provider import PASSWORD, Provider, running_provider, test_settings
from tests.support.queries import count_rows
from tests.support.registration import EVA, EVAS_PHONE, fill_in_registration

REFUSED = "We could not check that you are not a robot. Send the form again."
FILLED_IN = {
    "given_name": "Eva",
    "family_name": "Nová",
    "email": EVA,
    "phone": EVAS_PHONE,
    "password": PASSWORD,
    "agree": "1",
}
WITHOUT_SCRIPTS = FILLED_IN | {"captcha": ""}


async def open_registration(browser: Browser) -> Page:
    await browser.open("/login")
    return await browser.click("register")


def reshaped(answer: str, **changes: object) -> str:
    """The same answer with other parameters of the challenge."""
    payload = json.loads(base64.b64decode(answer))
    payload["challenge"]["parameters"] |= changes
    return base64.b64encode(json.dumps(payload).encode()).decode()


@pytest.mark.requirement("PW-17")
async def test_a_form_without_proof_is_refused(provider: Provider, browser: Browser) -> None:
    """Neither an answer nor a waiting token: no account, no mail, and a form that can be sent again."""
    await open_registration(browser)
    page = await browser.submit(**WITHOUT_SCRIPTS, captcha_wait="")
    assert page.path == "/register"
    assert page.shows("Confirm that you are not a robot, then send the form again.")
    assert await provider.inbox() == []
    assert page.forms[0].fields["email"] == EVA
    page = await fill_in_registration(browser)
    assert page.path == "/verify/email"


@pytest.mark.requirement("PW-17")
@pytest.mark.parametrize(
    "answer",
    [
        "x",
        "čšř",
        "e30=",
        "bnVsbA==",
        "W10=",
        base64.b64encode(b'{"challenge": null, "solution": {}}').decode(),
        base64.b64encode(b'{"challenge": {"parameters": {}}, "solution": {"counter": 1, "derivedKey": ""}}').decode(),
        base64.b64encode(b"[" * 3000).decode(),
        "A" * 20_000,
    ],
)
async def test_garbage_is_no_answer(provider: Provider, browser: Browser, answer: str) -> None:
    """Whatever stands in the field, the form comes back."""
    await open_registration(browser)
    page = await browser.submit(**FILLED_IN, captcha=answer)
    assert page.path == "/register"
    assert page.shows(REFUSED)
    assert await count_rows(provider.wiring.database, spent_challenges) == 0


@pytest.mark.requirement("PW-17")
async def test_a_challenge_that_somebody_else_made_is_refused(provider: Provider, browser: Browser) -> None:
    """Easier parameters, another expiry, none: the signature no longer fits; nor does one of another key."""
    page = await open_registration(browser)
    answer = solved(page)["captcha"]
    payload = json.loads(base64.b64decode(answer))
    parameters = payload["challenge"]["parameters"]
    forged = [
        reshaped(answer, cost=parameters["cost"] + 1),
        reshaped(answer, data={"until": parameters["data"]["until"] + 1}),
        reshaped(answer, data=None),
        reshaped(answer, keyPrefix="00"),
        base64.b64encode(json.dumps(payload | {"solution": {"counter": 0, "derivedKey": "00" * 32}}).encode()).decode(),
        base64.b64encode(
            json.dumps(payload | {"challenge": {"parameters": parameters, "signature": "0" * 64}}).encode()
        ).decode(),
        base64.b64encode(json.dumps(payload | {"challenge": {"parameters": parameters}}).encode()).decode(),
    ]
    for each in forged:
        page = await browser.submit(**FILLED_IN, captcha=each)
        assert page.shows(REFUSED)
    page = await browser.submit(**FILLED_IN, captcha=answer)
    assert page.path == "/verify/email"


@pytest.mark.requirement("PW-17")
async def test_a_challenge_is_good_for_ten_minutes(provider: Provider, browser: Browser) -> None:
    """Solved in time, sent too late."""
    page = await open_registration(browser)
    late = solved(page)
    provider.clock.advance(minutes=10)
    page = await browser.submit(**FILLED_IN, **late)
    assert page.shows(REFUSED)
    in_time = solved(page)
    provider.clock.advance(minutes=9, seconds=59)
    page = await browser.submit(**FILLED_IN, **in_time)
    assert page.path == "/verify/email"


@pytest.mark.requirement("PW-17")
async def test_a_challenge_of_another_form_is_refused(browser: Browser) -> None:
    """Each form has its own; nothing of the challenge can be edited to fit."""
    await open_registration(browser)
    for purpose in ("login", "recovery", "lost_otp", "contact"):
        challenge = (await browser.http.get(f"/captcha?for={purpose}")).text
        page = await browser.submit(**FILLED_IN, captcha=answer_to(challenge))
        assert page.shows(REFUSED)
    challenge = (await browser.http.get("/captcha?for=register")).text
    page = await browser.submit(**FILLED_IN, captcha=answer_to(challenge))
    assert page.path == "/verify/email"


@pytest.mark.requirement("PW-17")
async def test_a_challenge_of_another_browser_is_refused(provider: Provider, browser: Browser) -> None:
    """Nobody solves for others."""
    await open_registration(browser)
    async with Browser(provider.app, user_agent=CHROME) as other:
        borrowed = solved(await open_registration(other))
    page = await browser.submit(**FILLED_IN, **borrowed)
    assert page.shows(REFUSED)


@pytest.mark.requirement("PW-17")
async def test_an_answer_counts_once(provider: Provider, browser: Browser) -> None:
    """The second registration with it is refused, though the first was never finished."""
    answer = solved(await open_registration(browser))
    page = await browser.submit(**FILLED_IN, **answer)
    assert page.path == "/verify/email"
    await open_registration(browser)
    page = await browser.submit(**FILLED_IN, **answer)
    assert page.shows(REFUSED)
    assert len(await provider.inbox()) == 1


async def test_a_mistake_in_the_form_spends_nothing(provider: Provider, browser: Browser) -> None:
    """The cheap checks come first: only a form that is complete is asked for its proof."""
    await open_registration(browser)
    page = await browser.submit(**(FILLED_IN | {"phone": "no number"}))
    assert not page.shows(REFUSED)
    assert await count_rows(provider.wiring.database, spent_challenges) == 0


async def test_a_challenge_outlives_a_new_master_key(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> None:
    """A form that is open while the key is changed can still be sent."""
    settings = test_settings(sqlite_url, tmp_path / "var")
    async with running_provider(settings, clock) as before, Browser(before.app) as browser:
        page = await open_registration(browser)
        challenge, device = page.forms[0].challenge, browser.http.cookies["device"]
    rotated = test_settings(
        sqlite_url,
        tmp_path / "var",
        master_key=SecretStr(MasterKeys.generate()),
        previous_master_keys=settings.master_key,
    )
    async with running_provider(rotated, clock) as after, Browser(after.app) as browser:
        browser.set_cookie("device", device)
        await open_registration(browser)
        page = await browser.submit(**FILLED_IN, captcha=answer_to(challenge))
        assert page.path == "/verify/email"


@pytest.mark.parametrize(("language", "words"), [("en", "Please wait 20 seconds"), ("cs", "Počkejte prosím 20 sekund")])
async def test_without_javascript_a_form_waits(provider: Provider, browser: Browser, language: str, words: str) -> None:
    """Sent at once, it waits and comes back by itself with everything but the password; then it works."""
    await browser.open(f"/login?lang={language}")
    await browser.click("register")
    page = await browser.submit(**WITHOUT_SCRIPTS)
    assert page.shows(words)
    assert page.refresh is not None
    assert (page.forms, page.refresh_after) == ([], 20)
    assert await provider.inbox() == []
    provider.clock.advance(seconds=5)
    page = await browser.open(page.url)
    assert page.refresh_after == 15
    provider.clock.advance(seconds=15)
    page = await browser.click("continue")
    assert page.path == "/register"
    assert not page.has_error
    assert page.forms[0].fields["email"] == EVA
    assert page.forms[0].fields["password"] == ""
    page = await browser.submit(**WITHOUT_SCRIPTS)
    assert page.path == "/verify/email"


async def test_time_spent_on_the_form_counts_as_waiting(provider: Provider, browser: Browser) -> None:
    """Who needs twenty seconds to fill it in never sees the page that waits, mistakes included."""
    await open_registration(browser)
    provider.clock.advance(seconds=12)
    page = await browser.submit(**(WITHOUT_SCRIPTS | {"agree": ""}))
    assert page.has_error
    provider.clock.advance(seconds=8)
    page = await browser.submit(**WITHOUT_SCRIPTS)
    assert page.path == "/verify/email"


@pytest.mark.requirement("PW-17")
async def test_a_waiting_token_counts_once(provider: Provider, browser: Browser) -> None:
    """Sent again it is refused, and the form has a new one, which is to be waited for."""
    token = (await open_registration(browser)).forms[0].fields["captcha_wait"]
    provider.clock.advance(seconds=20)
    await browser.submit(**WITHOUT_SCRIPTS)
    await open_registration(browser)
    provider.clock.advance(seconds=20)
    page = await browser.submit(**WITHOUT_SCRIPTS, captcha_wait=token)
    assert page.shows(REFUSED)
    assert page.forms[0].fields["captcha_wait"] != token
    provider.clock.advance(seconds=20)
    page = await browser.submit(**WITHOUT_SCRIPTS)
    assert page.path == "/verify/email"


@pytest.mark.requirement("PW-17")
async def test_a_waiting_token_is_of_one_form_and_one_browser(provider: Provider, browser: Browser) -> None:
    """Another browser's, one of another form, an edited one, one that is too old."""
    async with Browser(provider.app, user_agent=CHROME) as other:
        borrowed = (await open_registration(other)).forms[0].fields["captcha_wait"]
    own = (await open_registration(browser)).forms[0].fields["captcha_wait"]
    moment, rest = own.split(".", 1)
    provider.clock.advance(seconds=20)
    for token in (borrowed, f"{int(moment) - 60}.{rest}", own[:-1], own + "é", "0..", "x"):
        page = await browser.submit(**WITHOUT_SCRIPTS, captcha_wait=token)
        assert page.shows(REFUSED)
    await open_registration(browser)
    provider.clock.advance(hours=1)
    page = await browser.submit(**WITHOUT_SCRIPTS)
    assert page.shows(REFUSED)


@pytest.mark.requirement("PW-17")
async def test_one_address_gets_through_one_at_a_time(provider: Provider, browser: Browser) -> None:
    """However many forms a program has waited with, every twenty seconds one of them counts."""
    async with Browser(provider.app, user_agent=CHROME) as second, Browser(provider.app, address="192.0.2.9") as third:
        for each in (browser, second, third):
            await open_registration(each)
        provider.clock.advance(seconds=40)
        page = await browser.submit(**WITHOUT_SCRIPTS)
        assert page.path == "/verify/email"
        page = await second.submit(**WITHOUT_SCRIPTS)
        assert page.shows("Please wait 20 seconds")
        page = await third.submit(**WITHOUT_SCRIPTS)
        assert page.path == "/verify/email"
        provider.clock.advance(seconds=20)
        await second.click("continue")
        page = await second.submit(**WITHOUT_SCRIPTS)
        assert page.path == "/verify/email"


async def test_asking_for_challenges_stores_nothing(provider: Provider, browser: Browser) -> None:
    """Each is signed, not remembered; other names of forms are not known."""
    await browser.open("/login")
    seen = {(await browser.http.get("/captcha?for=register")).json()["signature"] for _ in range(3)}
    assert len(seen) == 3
    assert (await browser.http.head("/captcha?for=register")).status_code == 200
    assert await count_rows(provider.wiring.database, spent_challenges) == 0
    for unknown in ("", "?for=", "?for=everything"):
        assert (await browser.http.get(f"/captcha{unknown}")).status_code == 404


def policy(page: Page) -> dict[str, str]:
    return {
        name: value
        for name, _, value in (
            part.strip().partition(" ") for part in page.headers["content-security-policy"].split(";")
        )
    }


async def test_only_the_page_with_the_widget_lets_it_write_html(browser: Browser) -> None:
    """Trusted types hold everywhere else; nothing else of the policy differs."""
    plain = policy(await browser.open("/login"))
    shown = policy(await browser.click("register"))
    assert plain.keys() - shown.keys() == {"require-trusted-types-for", "trusted-types"}
    assert {name: plain[name] for name in shown} == shown


async def test_switched_off_nothing_is_asked(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> None:
    """`IDP_CAPTCHA=off`: no widget, the strict policy, no challenges, and a form that is just taken."""
    settings = test_settings(sqlite_url, tmp_path / "var", captcha=Captcha.OFF)
    async with running_provider(settings, clock) as provider, Browser(provider.app) as browser:
        page = await open_registration(browser)
        assert "captcha" not in page.text
        assert policy(page)["trusted-types"] == "'none'"
        assert (await browser.http.get("/captcha?for=register")).status_code == 404
        page = await browser.submit(**FILLED_IN)
        assert page.path == "/verify/email"
