"""Recovery codes in Chromium: shown when OTP is set, saved, and one of them used when the device is gone."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from idp.accounts import store as accounts
from idp.credentials.recovery_codes import spend_code
from tests.journeys.conftest import TWICE
from tests.journeys.surroundings import World
from tests.support.chromium import Person

LEFT = {"en": "You have 9 recovery codes left.", "cs": "Zbývá vám 9 záložních kódů."}
TWO_LEFT = {"en": "You have 2 recovery codes left.", "cs": "Zbývají vám 2 záložní kódy."}
CODES = "/account/security/recovery-codes"


def set_otp(world: World, person: Person) -> list[str]:
    """Signs in, sets OTP, and ends at the page with the codes; the codes."""
    email, password = world.live.account
    person.goto(f"{world.issuer}/account/security")
    person.at("/login")
    person.fill(username=email, password=password)
    person.press("login-submit")
    person.at("/account/security")
    person.press("set-otp")
    person.at("/account/security/otp")
    key = person.page.inner_text("#shared-key").replace(" ", "")
    person.fill(password=password, code=world.otp(key))
    person.press("otp-activate")
    person.at(CODES)
    return person.page.locator("#recovery-codes li").all_inner_texts()


@pytest.mark.requirement("MF-13")
def test_codes_are_saved_and_one_of_them_signs_in(world: World, person: Person, tmp_path: Path) -> None:
    """OTP set up, codes shown and downloaded, shown no second time; signed in with one, and told how many are left."""
    codes = set_otp(world, person)
    assert len(codes) == 10
    with person.page.expect_download() as download:
        person.page.click("#codes-download")
    saved = tmp_path / "codes.txt"
    download.value.save_as(saved)
    assert download.value.suggested_filename == "recovery-codes.txt"
    assert saved.read_text(encoding="utf-8").split()[-10:] == codes
    for button in ("#codes-copy", "#codes-print"):
        assert person.page.locator(button).is_visible() is person.scripts
    if person.scripts:
        person.context.grant_permissions(["clipboard-read", "clipboard-write"])
        person.page.click("#codes-copy")
        done = person.page.get_attribute("#codes-copy", "data-done") or ""
        expect(person.page.locator("#codes-copy")).to_have_text(done)
        assert person.page.evaluate("navigator.clipboard.readText()").split() == codes
    person.page.reload()
    person.at(CODES)
    assert person.page.locator("#recovery-codes").count() == 0
    person.press("back")
    person.at("/account/security")
    assert "10" in person.page.inner_text("#codes-left")
    person.press("logout")
    person.at("/logout")
    person.press("logout-confirm")
    person.at("/logged-out")

    world.sign_in(person, *world.live.account)
    person.at("/login/otp")
    person.press("use-recovery-code")
    person.at("/login/recovery-code")
    person.fill(recovery_code="AAAAA-AAAAA-AAAA")
    person.press("recovery-submit")
    person.at("/login/recovery-code")
    assert person.page.locator("#recovery_code-error").is_visible()
    person.fill(recovery_code=codes[4].lower().replace("-", " "))
    person.press("recovery-submit")
    person.at("/login/recovery-code/used")
    assert LEFT[person.locale] in person.reads()
    person.press("continue")
    world.at_portal(person)


@TWICE
def test_the_last_codes_lead_to_new_ones(world: World, person: Person) -> None:
    """With two left the page says so and leads to the one that makes new codes, with password and OTP code."""
    email, password = world.live.account
    world.account("petr@wedos.cz", otp=True, phone="+420602555666")
    codes = world.live.run(_codes_of(world, "petr@wedos.cz", left=3))
    person.goto(f"{world.issuer}/login")
    person.fill(username="petr@wedos.cz", password=password)
    person.press("login-submit")
    person.at("/login/otp")
    person.press("use-recovery-code")
    person.at("/login/recovery-code")
    person.fill(recovery_code=codes[0])
    person.press("recovery-submit")
    person.at("/login/recovery-code/used")
    assert TWO_LEFT[person.locale] in person.reads()
    person.press("make-codes")
    person.at(CODES)
    person.fill(password=password, code=world.otp())
    person.press("codes-make")
    person.at(CODES)
    assert not set(person.page.locator("#recovery-codes li").all_inner_texts()) & set(codes)
    person.press("codes-saved")
    person.at("/account/security")
    assert email not in person.reads()


async def _codes_of(world: World, email: str, *, left: int) -> tuple[str, ...]:
    """A new set of which only the first few are left."""
    provider = world.live.provider
    async with provider.wiring.database.reading() as db:
        account = await accounts.find_by_email(db, email)
    assert account is not None
    codes = await provider.recovery_codes(account)
    async with provider.wiring.database.writing() as db:
        for code in codes[left:]:
            await spend_code(db, provider.keys, account.id, code=code, now=world.clock.now())
    return codes[:left]
