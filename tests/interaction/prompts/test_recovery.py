"""Asking for a password recovery: the same answer and the same work for everybody, and not too many messages."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from sqlalchemy import update

from idp.accounts.table import accounts
from idp.credentials.table import one_time_codes
from idp.messaging.table import outbox
from tests.support.browser import CHROME, Browser
from tests.support.captcha import solved
from tests.support.provider import Provider, running_provider, test_settings
from tests.support.queries import count_rows, counting
from tests.support.recovery import LUCIE, ask, mailed_code, mailed_link, recovery_mails, set_password
from tests.support.relying_party import RelyingParty

_NONCES = re.compile(r"flow=[\w-]+|value=\"[\w.-]{40,}\"|challenge=\"[^\"]*\"|t=[\w-]+|request[^<]*<[^>]*>[\w-]+")

_REFUSED = ("locked", "closed", "unproven")


@pytest.fixture
async def crowd(provider: Provider, rp: RelyingParty) -> list[str]:
    """One name of every kind: known by email and by name, unknown, locked, closed, unverified, impossible."""
    assert rp.provider is provider
    await provider.account("named@wedos.cz", login_name="named", phone=None)
    for email in ("locked@wedos.cz", "closed@wedos.cz"):
        await provider.account(email)
    await provider.lock("locked@wedos.cz")
    await provider.account("unproven@wedos.cz", email_verified=False)
    async with provider.wiring.database.writing() as db:
        await db.execute(update(accounts).where(accounts.c.login_email == "closed@wedos.cz").values(status="closed"))
    return [
        LUCIE,
        "named",
        "nobody@wedos.cz",
        "no-one",
        "locked@wedos.cz",
        "closed@wedos.cz",
        "unproven@wedos.cz",
        "¿?",
    ]


def masked(answer: httpx.Response, name: str) -> tuple[int, list[tuple[str, str]], str]:
    """Everything that a visitor gets, without what is random in every answer."""
    ignored = {"x-request-id", "content-length"}
    headers = [(key, _NONCES.sub("…", value)) for key, value in answer.headers.items() if key not in ignored]
    own_id = answer.headers.get("x-request-id", "…")
    return answer.status_code, headers, _NONCES.sub("…", answer.text.replace(name, "…").replace(own_id, "…"))


@pytest.mark.requirement("PW-09", "RC-02")
async def test_every_name_gets_the_same_answer(provider: Provider, crowd: list[str]) -> None:
    """The redirect, the page behind it, a wrong code and a resend: byte for byte, whoever was named."""
    answers = []
    for name in crowd:
        async with Browser(provider.app) as browser:
            page = await browser.open("/recovery")
            form = browser.form("username")
            body = form.fields | {"username": name} | solved(page)
            own = {"origin": provider.issuer, "sec-fetch-site": "same-origin"}
            redirect = await browser.http.post(form.action, data=body, headers=own)
            sent = await browser.http.get(redirect.headers["location"])
            await browser.open(redirect.headers["location"])
            wrong = await browser.submit(code="00000000")
            early = await browser.submit(button="resend")
            answers.append(
                (
                    masked(redirect, name),
                    len(redirect.headers["location"]) // 40,  # compressed and sealed: a few bytes more or less
                    masked(sent, name),
                    _NONCES.sub("…", wrong.text),
                    _NONCES.sub("…", early.text),
                )
            )
    kinds = {repr((first, *rest)) for first, _, *rest in answers}
    assert len(kinds) == 1
    assert "If an account with this email exists, we have sent a message." in answers[0][2][2]
    assert max(size for _, size, *_ in answers) - min(size for _, size, *_ in answers) <= 1


@pytest.mark.requirement("PW-10", "RC-02")
async def test_every_name_costs_the_same_statements(provider: Provider, crowd: list[str], browser: Browser) -> None:
    """The mail of an unknown name is queued and taken back in the same transaction; nothing is sent inline."""
    work = []
    for name in crowd[:-1]:  # an impossible name is not even looked up
        page = await browser.open("/recovery")
        with counting(provider.wiring.database) as statements:
            await browser.submit(username=name, **solved(page))
        work.append([re.sub(r"sa_savepoint_\d+|ROLLBACK TO|RELEASE", "…", text) for text in statements.texts])
    assert len({tuple(map(_verb_and_table, texts)) for texts in work}) == 1
    assert await count_rows(provider.wiring.database, one_time_codes) == len(work)


def _verb_and_table(text: str) -> str:
    return re.sub(r"login_name|login_email", "…", " ".join(text.split()))


@pytest.mark.requirement("RC-26")
async def test_only_a_proven_address_of_an_active_account_is_mailed(
    provider: Provider, crowd: list[str], browser: Browser
) -> None:
    """Nothing goes to an unverified address, to a locked or closed account, or to an address without one."""
    for name in crowd:
        await ask(browser, name)
    sent = {mail["to"] for mail in await provider.inbox() if "/recovery/" in mail["text"]}
    assert sent == {LUCIE, "named@wedos.cz"}
    events = await provider.events()
    assert events.count("password_recovery_requested") == len(crowd)


@pytest.mark.requirement("RC-25")
@pytest.mark.parametrize(
    "typed", ["LUCIE@WEDOS.CZ", " lucie@wedos.cz ", "lucıe@wedos.cz", "lucie@wedoſ.cz", "lucie@ＷEDOS.cz"]
)
async def test_a_mail_goes_to_the_stored_address_only(
    provider: Provider, rp: RelyingParty, browser: Browser, typed: str
) -> None:
    """Other letter case finds the account; a letter that only maps to another one finds nobody and mails nobody."""
    assert rp.provider is provider
    page = await ask(browser, typed)
    assert page.path == "/recovery/sent"
    mails = [mail["to"] for mail in await provider.inbox()]
    assert mails == ([LUCIE] if typed.isascii() else [])


@pytest.mark.requirement("RC-01")
@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-host": "evil.example"},
        {"forwarded": "host=evil.example;proto=http"},
        {"x-forwarded-proto": "ftp", "x-forwarded-port": "666"},
        {"x-original-url": "https://evil.example/"},
    ],
)
async def test_the_link_leads_to_the_issuer(
    provider: Provider, rp: RelyingParty, browser: Browser, headers: dict[str, str]
) -> None:
    """Whatever the request says about its host."""
    assert rp.provider is provider
    page = await browser.open("/recovery")
    form = browser.form("username")
    await browser.post(form.action, form.fields | {"username": LUCIE} | solved(page), **headers)
    assert (await mailed_link(provider)).startswith(f"{provider.issuer}/recovery/reset?t=")


@pytest.mark.requirement("RC-11")
async def test_an_account_gets_three_mails_an_hour_and_is_never_locked(provider: Provider, rp: RelyingParty) -> None:
    """Two hundred requests from many devices and networks, by email and by name: three mails, the last link works."""
    await provider.account("named@wedos.cz", login_name="named", phone=None)
    pages = set()
    for number in range(200):
        async with Browser(provider.app, address=f"192.0.2.{number}") as browser:
            page = await ask(browser, "named" if number % 2 else "named@wedos.cz")
            pages.add((page.path, page.status, page.shows("we have sent a message")))
    assert pages == {("/recovery/sent", 200, True)}
    assert len(await recovery_mails(provider)) == 3
    provider.clock.advance(hours=1)
    async with Browser(provider.app) as browser:
        await ask(browser, "named")
        assert len(await recovery_mails(provider)) == 4
        page = await rp.sign_in(browser, "named@wedos.cz")
        assert "code" in page.query


async def test_what_is_not_sent_voids_nothing_and_costs_no_quota(provider: Provider, rp: RelyingParty) -> None:
    """A stranger who keeps asking takes no working link away from the owner, and no mail of the next hour."""
    assert rp.provider is provider
    async with Browser(provider.app) as owner, Browser(provider.app, user_agent=CHROME) as stranger:
        for _ in range(3):
            await ask(owner)
        for _ in range(20):
            await ask(stranger)
        page = await owner.open((await recovery_mails(provider))[0])
        assert page.path == "/recovery/new-password"
        provider.clock.advance(hours=1)
        await ask(owner)
        assert len(await recovery_mails(provider)) == 4


@pytest.fixture
async def strict_provider(provider: Provider) -> AsyncIterator[Provider]:
    """Two mails an hour for one network address, on the same database."""
    settings = provider.wiring.settings
    strict = test_settings(
        settings.database_url, settings.var_directory, recovery_address_limit="2/hour", captcha_cost=1
    )
    async with running_provider(strict, provider.clock) as found:
        yield found


@pytest.mark.requirement("RC-11")
async def test_one_network_address_cannot_mail_everybody(strict_provider: Provider) -> None:
    """The third account gets no mail from there, and the page does not say so; from elsewhere it does."""
    async with AsyncExitStack() as stack:
        for name in ("a", "b", "c"):
            await strict_provider.account(f"{name}@wedos.cz", phone=None)
        here = [await stack.enter_async_context(Browser(strict_provider.app)) for _ in range(3)]
        for name, browser in zip("abc", here, strict=True):
            page = await ask(browser, f"{name}@wedos.cz")
            assert page.path == "/recovery/sent"
        assert len(await recovery_mails(strict_provider)) == 2
        elsewhere = await stack.enter_async_context(Browser(strict_provider.app, address="198.51.100.1"))
        await ask(elsewhere, "c@wedos.cz")
        assert len(await recovery_mails(strict_provider)) == 3


async def test_the_captcha_comes_before_everything_else(provider: Provider, rp: RelyingParty, browser: Browser) -> None:
    """Without it nothing is looked up or written."""
    assert rp.provider is provider
    await browser.open("/recovery")
    page = await browser.submit(username=LUCIE, captcha="")
    assert page.path == "/recovery"
    assert await count_rows(provider.wiring.database, one_time_codes) == 0
    provider.clock.advance(seconds=20)  # without scripts: patience, and the form comes back with the name in it
    await browser.click("continue")
    assert browser.form("username").fields["username"] == LUCIE
    page = await browser.submit(has="username", captcha="")
    assert page.path == "/recovery/sent"


async def test_a_missing_name_is_asked_for(browser: Browser) -> None:
    """Before the CAPTCHA is even looked at."""
    await browser.open("/recovery")
    page = await browser.submit(username=" ")
    assert page.shows("Enter your email.")


async def test_the_name_typed_at_the_login_comes_along(browser: Browser, rp: RelyingParty) -> None:
    """After a failed login the address need not be typed again."""
    await browser.open(rp.authorization_url())
    await browser.submit(username=LUCIE, password="not the password at all")
    await browser.click("recovery")
    assert browser.form("username").fields["username"] == LUCIE


@pytest.mark.requirement("RC-15")
async def test_a_resend_waits_a_minute_and_older_messages_stay_good(
    provider: Provider, rp: RelyingParty, browser: Browser
) -> None:
    """Reloading sends nothing; the second message has its own code and link, and the first ones work as well."""
    assert rp.provider is provider
    await ask(browser)
    link, code = await mailed_link(provider), await mailed_code(provider)
    page = await browser.submit(button="resend")
    assert page.shows("You can send it again in 60 seconds.")
    for _ in range(3):
        await browser.open(page.url)
    assert len(await recovery_mails(provider)) == 1
    provider.clock.advance(seconds=60)
    page = await browser.submit(button="resend")
    assert page.shows("we have sent the message again")
    assert len(await recovery_mails(provider)) == 2
    assert await mailed_code(provider) != code
    assert (await browser.open(link)).path == "/recovery/new-password"
    await browser.open(page.url)
    assert (await browser.submit(code=code)).path == "/recovery/new-password"
    page = await set_password(browser)
    assert page.path == "/recovery/done"


async def test_no_address_of_an_unknown_name_is_kept(provider: Provider, browser: Browser) -> None:
    """Neither in the codes nor in the outbox: a stolen table does not tell who was tried."""
    await ask(browser, "nobody@wedos.cz")
    async with provider.wiring.database.reading() as db:
        row = (await db.execute(one_time_codes.select())).mappings().one()
    assert "nobody" not in repr(dict(row))
    assert await count_rows(provider.wiring.database, outbox) == 0


@pytest.mark.requirement("RC-27")
async def test_nothing_is_asked_that_others_could_know(browser: Browser) -> None:
    """The form has one field, and no account has a hint, a question or an answer."""
    await browser.open("/recovery")
    assert browser.form("username").names <= {"csrf", "username", "captcha", "captcha_wait"}
    assert not [c.name for c in accounts.columns if re.search("hint|question|answer|birth|mother", c.name)]
