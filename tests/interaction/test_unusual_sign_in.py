"""The owner hears of a sign-in that may be somebody else's, and those who watch the log of an attack."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from idp.accounts.account import Role
from idp.administration.accounts import set_roles
from tests.support.browser import CHROME, Browser
from tests.support.clock import MovableClock
from tests.support.provider import PASSWORD, Provider, running_provider, test_settings
from tests.support.relying_party import RelyingParty

LUCIE = "lucie@wedos.cz"


async def subjects(provider: Provider) -> list[str]:
    return [message["subject"] for message in await provider.inbox() if message["to"] == LUCIE]


@pytest.mark.requirement("PW-21")
async def test_a_password_found_after_five_failures_is_told(provider: Provider, browser: Browser) -> None:
    """Four wrong ones and the right one are nobody's business; five and the right one are the owner's."""
    await provider.account()
    for failures, is_told in ((4, False), (5, True)):
        async with Browser(provider.app) as guesser:
            await guesser.open("/login")
            for _ in range(failures):
                await guesser.submit(username=LUCIE, password="not the password")
            provider.clock.advance(seconds=61)
            page = await guesser.submit(username=LUCIE, password=PASSWORD)
            assert page.path == "/account/security"
        assert ("Keygate – Sign-in after many wrong passwords" in await subjects(provider)) is is_told


@pytest.mark.requirement("PW-21")
async def test_a_right_password_with_a_wrong_code_is_told(provider: Provider, browser: Browser) -> None:
    """On a browser of somebody else at once; on the owner's own at the third slip; never more than three a day."""
    await provider.account(otp=True)
    rp = RelyingParty(provider, await provider.client())
    await rp.sign_in(browser, otp=True)
    await browser.open("/logout")
    await browser.submit(button="logout-confirm")
    before = len(await subjects(provider))
    await rp.sign_in(browser)
    for told in (0, 0, 1, 1):
        await browser.submit(code="000000")
        assert len(await subjects(provider)) == before + told
    provider.clock.advance(minutes=20)
    async with Browser(provider.app, user_agent=CHROME) as stranger:
        await rp.sign_in(stranger)
        for told in (2, 3, 3, 3):
            await stranger.submit(code="000000")
            provider.clock.advance(minutes=1)
            assert (await subjects(provider)).count("Keygate – Right password, wrong OTP code") == told


@pytest.mark.requirement("LG-10")
async def test_attacks_and_new_operators_are_alerts(provider: Provider, browser: Browser, rp: RelyingParty) -> None:
    """Reuse of a refresh token and a granted role are a line of the log at once, with who and from where."""
    tokens = await rp.tokens(browser)
    with capture_logs() as lines:
        await rp.refresh(tokens["refresh_token"])
        provider.clock.advance(minutes=1)
        await rp.refresh(tokens["refresh_token"])
        account = await provider.account("operator@wedos.cz")
        async with provider.wiring.database.writing() as db:
            await set_roles(db, account, (Role.ADMIN,), origin=provider.origin())
    alerts = [line for line in lines if line["event"] == "security_alert"]
    assert [line["alert"] for line in alerts] == ["refresh_reused", "roles_set"]
    assert (alerts[0]["client_id"], alerts[1]["account_id"], alerts[1]["actor"]) == ("shop", account.id, "test")
    assert all(line["log_level"] == "warning" for line in alerts)


@pytest.mark.requirement("LG-10")
async def test_spraying_is_one_alert_however_long_it_takes(
    sqlite_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    """The refusals of a minute are one row and one line: a flood of them is no flood of rows."""
    settings = test_settings(sqlite_url, tmp_path / "var", login_address_limit="3/minute")
    async with running_provider(settings, clock) as provider, Browser(provider.app) as sprayer:
        await sprayer.open("/login")
        with capture_logs() as lines:
            for number in range(12):
                await sprayer.submit(username=f"person{number}@wedos.cz", password="autumn leaves")
        alerts = [line["alert"] for line in lines if line["event"] == "security_alert"]
        assert alerts == ["throttled"]
        assert (await provider.events()).count("throttled") == 1
