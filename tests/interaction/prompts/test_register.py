"""Registration: the form, what it refuses, and that it tells nobody who has an account."""

import re

import pytest

from idp.accounts import store as accounts
from idp.credentials import store as credentials
from tests.support.browser import Browser, Page
from tests.support.captcha import solved
from tests.support.provider import PASSWORD, Provider
from tests.support.registration import EVA, EVAS_PHONE, code_sent, fill_in_registration, newest, register
from tests.support.relying_party import RelyingParty, claims_of


async def test_a_new_person_lands_in_the_application(any_provider: Provider) -> None:
    """F1: form, email code, SMS code, the page that says so, and the application with its ID token."""
    rp = RelyingParty(any_provider, await any_provider.client())
    async with Browser(any_provider.app) as browser:
        page = await register(browser, any_provider, url=rp.authorization_url())
        assert page.path == "/register/done"
        page = await browser.click("continue")
        tokens = (await rp.redeem(page.query["code"])).json()
    claims = claims_of(tokens["id_token"])
    person = (await rp.userinfo(tokens["access_token"])).json()
    assert (person["email"], person["email_verified"], person["name"]) == (EVA, True, "Eva Nová")
    assert (claims["acr"], claims["amr"]) == ("urn:idp:acr:pwd", ["pwd"])
    async with any_provider.wiring.database.reading() as db:
        account = await accounts.find_by_email(db, EVA)
    assert account is not None
    assert (account.phone, account.phone_is_verified) == (EVAS_PHONE, True)
    assert (account.terms_version, account.terms_accepted_at) == ("1", any_provider.clock.now())


async def test_the_login_page_leads_to_registration_and_back(browser: Browser, rp: RelyingParty) -> None:
    """Both ways keep the application's request."""
    await browser.open(rp.authorization_url())
    await browser.click("register")
    assert browser.page is not None
    assert browser.page.path == "/register"
    await browser.click("login")
    page = await browser.submit(username="lucie@wedos.cz", password=PASSWORD)
    assert page.query["state"] == rp.state


async def test_prompt_create_opens_the_form_at_once(browser: Browser, rp: RelyingParty) -> None:
    """Initiating User Registration §4, and the way back to the login page for those who have an account."""
    page = await browser.open(rp.authorization_url(prompt="create", login_hint=EVA))
    assert page.path == "/register"
    assert browser.form("email").fields["email"] == EVA
    page = await browser.click("login")
    assert page.path == "/login"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"given_name": " "}, "Enter your first name."),
        ({"family_name": "x" * 81}, "This name is too long."),
        ({"email": ""}, "Enter your email."),
        ({"email": "eva@"}, "Enter an email address like"),
        ({"phone": ""}, "Enter your phone number."),
        ({"phone": "601 123 456"}, "Enter a phone number like +420 601 123 456."),
        ({"phone": "+420 226 236 112"}, "This looks like a landline."),
        ({"password": ""}, "Enter a password."),
        ({"password": "short"}, "at least 12 characters"),
        ({"password": "password1234"}, "known from data leaks"),
        ({"password": "x" * 1025}, "at most 1,024 characters"),
        ({"agree": ""}, "Agree to the conditions to create an account."),
    ],
    ids=lambda value: next(iter(value.items()))[0] if isinstance(value, dict) else "",
)
@pytest.mark.requirement("RC-17")
async def test_a_wrong_form_comes_back_with_what_was_typed(
    browser: Browser, provider: Provider, changes: dict[str, str], message: str
) -> None:
    """Each field says what is wrong with it; the others keep their values, the password never; nothing is sent."""
    await browser.open("/login")
    page = await fill_in_registration(browser, **changes)
    assert page.path == "/register"
    assert page.shows(message)
    fields = page.forms[-1].fields
    assert fields["password"] == ""
    if "email" not in changes:
        assert fields["email"] == EVA
    assert await provider.inbox() == []


def _masked(page: Page, email: str) -> str:
    """The page without what differs for every visitor: the sealed flow, the CSRF token, the request id, the address."""
    text = re.sub(r"(flow|about)=[\w.%-]+", r"\1=…", page.text)
    text = re.sub(r'name="csrf" value="[^"]+"', 'name="csrf" value="…"', text)
    text = re.sub(r'name="request-id" content="[^"]+"', "…", text)
    return text.replace(email, "…@…")


async def _answers(provider: Provider, email: str) -> list[tuple[object, ...]]:
    """What a stranger sees from the form up to a wrong code, a resend and a change of the address."""
    async with Browser(provider.app) as browser:
        await browser.open("/login")
        seen = [await fill_in_registration(browser, email=email)]
        seen.append(await browser.submit(code="000000"))
        seen.append(await browser.submit(button="clicked-link"))
        seen.append(await browser.submit(button="resend"))
        provider.clock.advance(seconds=61)
        seen.append(await browser.submit(button="resend"))
        seen += [await browser.submit(code="000000") for _ in range(5)]
        lengths = [len(page.url) // 64 for page in seen]
        cookies = sorted(browser.http.cookies.keys())
        return [
            (page.path, page.status, _masked(page, email), sorted(page.headers.keys()), length, cookies)
            for page, length in zip(seen, lengths, strict=True)
        ]


@pytest.mark.requirement("SO-01", "PW-09")
async def test_a_known_address_gets_the_same_answers(provider: Provider) -> None:
    """Byte for byte, through wrong codes, resends and the clicked link; the owner is told each time."""
    await provider.account(EVA)
    known = await _answers(provider, EVA)
    unknown = await _answers(provider, "iva@example.cz")
    assert known == unknown
    inbox = await provider.inbox()
    to_owner = [message for message in inbox if message["to"] == EVA]
    assert [message["code"] for message in to_owner] == [None, None]
    assert len([message for message in inbox if message["to"] == "iva@example.cz" and message["code"]]) == 2


@pytest.mark.requirement("PW-19")
@pytest.mark.parametrize("twin", ["EVA@example.cz", " eva@EXAMPLE.cz ", "Eva@Example.CZ"])
async def test_a_twin_of_a_known_address_is_that_address(provider: Provider, browser: Browser, twin: str) -> None:
    """Another spelling opens no second account: the owner is told, and the account keeps its password."""
    account = await provider.account(EVA)
    async with provider.wiring.database.reading() as db:
        before = await credentials.find_password_hash(db, account.id)
    await browser.open("/login")
    page = await fill_in_registration(browser, email=twin, password="seven herons over the weir")
    assert page.path == "/verify/email"
    assert (await newest(provider, to=EVA))["code"] is None
    async with provider.wiring.database.reading() as db:
        assert await credentials.find_password_hash(db, account.id) == before
        found = await accounts.find_by_email(db, twin)
    assert found is not None
    assert found.id == account.id


@pytest.mark.requirement("PW-19")
@pytest.mark.parametrize("twin", ["eva@examp1e.cz\u200b", "ｅｖａ@example.cz", "eva@ｅxample.cz", "еva@example.cz"])
async def test_a_look_alike_of_an_address_is_no_address(provider: Provider, browser: Browser, twin: str) -> None:
    """Invisible, full-width and Cyrillic letters are refused, not folded into somebody else's address."""
    await browser.open("/login")
    page = await fill_in_registration(browser, email=twin)
    assert page.shows("Enter an email address like name@example.com.")
    assert await provider.inbox() == []


@pytest.mark.requirement("RC-20")
async def test_nobody_marks_their_own_address_as_verified(provider: Provider, browser: Browser) -> None:
    """Fields that the form does not have change nothing: the account is unverified, and no operator."""
    await browser.open("/login")
    await browser.click("register")
    assert browser.page is not None
    form = browser.form("given_name")
    forged = {
        "email_verified": "1",
        "email_verified_at": "1",
        "phone_verified": "true",
        "roles": "admin",
        "status": "active",
    }
    page = await browser.post(
        form.action,
        form.fields
        | {
            "given_name": "Eva",
            "family_name": "Nová",
            "email": EVA,
            "phone": EVAS_PHONE,
            "password": PASSWORD,
            "agree": "1",
        }
        | solved(browser.page)
        | forged,
    )
    assert page.path == "/verify/email"
    async with provider.wiring.database.reading() as db:
        account = await accounts.find_by_email(db, EVA)
    assert account is not None
    assert (account.email_is_verified, account.phone_is_verified, account.is_operator) == (False, False, False)
    # Nor does the page of the code take the word for the deed.
    page = await browser.submit(code="123456")
    assert page.path == "/verify/email"


@pytest.mark.requirement("RC-20")
async def test_a_changed_number_has_to_be_proven_again(provider: Provider, browser: Browser, rp: RelyingParty) -> None:
    """The code for the old number proves nothing about the new one."""
    await browser.open(rp.authorization_url())
    await fill_in_registration(browser)
    await browser.submit(code=await code_sent(provider, to=EVA))
    await browser.submit(button="send-sms")
    old_code = await code_sent(provider, to=EVAS_PHONE)
    await browser.click("change-phone")
    await browser.submit(phone="+420602111222")
    page = await browser.submit(button="send-sms")
    page = await browser.submit(code=old_code)
    assert page.path == "/verify/phone"
    assert page.shows("This code is not right.")


async def test_whoever_did_not_prove_an_address_loses_it(provider: Provider, browser: Browser) -> None:
    """A registration in somebody else's name is worthless: the next one of that address starts from nothing."""
    await browser.open("/login")
    await fill_in_registration(browser, password="the squatter chose this one")
    async with Browser(provider.app) as owner:
        provider.clock.advance(seconds=61)
        page = await register(owner, provider)
        assert page.path == "/register/done"
    async with Browser(provider.app) as squatter:
        await squatter.open("/login")
        page = await squatter.submit(username=EVA, password="the squatter chose this one")
        assert page.shows("The email or password is not right.")


async def test_a_registration_without_an_application_ends_in_the_account(provider: Provider, browser: Browser) -> None:
    """The bookmarked login page leads to the account centre."""
    await register(browser, provider)
    page = await browser.click("continue")
    assert page.path == "/account/security"
    assert page.shows(EVA)


async def test_registering_is_no_news_of_a_new_device(provider: Provider, browser: Browser) -> None:
    """Somebody who has just registered is not told that somebody signed in."""
    await register(browser, provider)
    subjects = [
        message["subject"] for message in await provider.inbox() if message["to"] == EVA and not message["code"]
    ]
    assert subjects == []
