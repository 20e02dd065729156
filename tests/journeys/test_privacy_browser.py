"""What a whole customer's life leaves in addresses, in Chromium: no secret and nothing personal."""

import base64
import re
from urllib.parse import unquote_plus

import pytest

from tests.journeys.conftest import People
from tests.journeys.surroundings import World

EMAIL = "canary.email@example.com"
PASSWORD = "canary password of nine geese"
GIVEN, FAMILY = "Canarygiven", "Canaryfamily"
PHONE = "+420601987654"
_BASE64 = re.compile(r"[A-Za-z0-9_-]{16,}")


def readable(address: str) -> str:
    """The address, and whatever is merely encoded in it."""
    parts = [unquote_plus(address)]
    for text in _BASE64.findall(address):
        whole = text[: len(text) // 4 * 4]
        parts.append(base64.urlsafe_b64decode(whole).decode("utf-8", "ignore"))
    return "\n".join(parts)


@pytest.mark.requirement("SE-16", "WE-14")
def test_addresses_hold_no_secret_and_nothing_personal(world: World, people: People) -> None:
    """Registration, consent, OTP, mistakes and sign-out; every address that the browser asked for is searched.

    That no page leaves anything in the browser's storage is checked at every page of every journey.
    """
    person = people()
    canaries = {EMAIL, PASSWORD, GIVEN, FAMILY, PHONE, PHONE[1:], PHONE.removeprefix("+420")}
    person.goto(f"{world.portal}/login?create=1")
    person.at("/register")
    person.fill(given_name=GIVEN, family_name=FAMILY, email=EMAIL, phone=PHONE, password=PASSWORD)
    person.press("register-submit")  # the conditions are missing: what was typed comes back
    person.at("/register")
    assert person.page.input_value("#email") == EMAIL
    person.fill(password=PASSWORD)
    person.page.check("#agree")
    person.press("register-submit")
    person.at("/verify/email")
    canaries.add(world.message("mail")["code"])
    person.enter_code(world.message("mail")["code"], "verify-submit")
    person.at("/verify/phone")
    person.press("send-sms")
    person.at("/verify/phone")
    canaries.add(world.message("sms")["code"])
    person.enter_code(world.message("sms")["code"], "verify-submit")
    person.at("/register/done")
    person.press("continue")
    world.at_portal(person)
    person.press("partner")
    person.at("/consent")
    person.press("consent-allow")
    world.at_portal(person, "/partner")
    person.goto(f"{world.portal}/protected")
    person.at("/login/otp/setup")
    person.press("set-otp")
    person.at("/login/otp/setup")
    key = person.page.inner_text("#shared-key").replace(" ", "")
    canaries.add(key)
    code = world.otp(key)
    canaries.add(code)
    person.fill(password=PASSWORD, code=code)
    person.press("otp-activate")
    person.at("/login/recovery-codes")
    canaries.update(person.page.locator("#recovery-codes li").all_inner_texts())
    person.press("codes-saved")
    world.at_portal(person, "/protected")
    canaries |= {cookie["value"] for cookie in person.context.cookies() if cookie["name"] != "lang"}
    person.press("sign-out")
    world.at_portal(person, "/")
    own = [address for address in person.addresses if not address.startswith("data:")]
    assert len(own) > 40
    assert [(canary, each) for each in own for canary in canaries if canary in readable(each)] == []
