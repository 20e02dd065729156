"""Whatever a request calls our host, every mail it causes leads to the configured issuer (RC-01)."""

from urllib.parse import urlsplit

import pytest

from tests.support.browser import Browser
from tests.support.provider import ISSUER, Provider
from tests.support.registration import EVA, fill_in_registration, newest
from tests.support.relying_party import RelyingParty

EVIL = "evil.example"
HOSTILE = [
    {"x-forwarded-host": EVIL},
    {"x-forwarded-proto": "https", "x-forwarded-port": "444", "x-forwarded-host": EVIL},
    {"forwarded": f"host={EVIL};proto=https"},
    {"x-original-url": f"https://{EVIL}/", "x-rewrite-url": f"https://{EVIL}/"},
    {"x-host": EVIL, "x-forwarded-server": EVIL, "x-http-host-override": EVIL},
    {"referer": f"https://{EVIL}/"},
]


@pytest.mark.requirement("RC-01")
@pytest.mark.parametrize("headers", HOSTILE, ids="+".join)
@pytest.mark.parametrize("is_known", [False, True])
async def test_a_request_cannot_steer_the_links_of_its_mails(
    browser: Browser, provider: Provider, headers: dict[str, str], is_known: bool
) -> None:
    """A registration, with a new address and with a known one, and a login in a new browser."""
    if is_known:
        await provider.account(EVA)
    rp = RelyingParty(provider, await provider.client())
    browser.http.headers.update(headers)
    await browser.open("/login")
    await fill_in_registration(browser)
    mails = [await newest(provider, to=EVA)]
    if is_known:
        await rp.sign_in(browser, EVA)
        mails.append(await newest(provider, to=EVA))
    for mail in mails:
        assert mail["links"]
        for link in mail["links"]:
            assert f"{urlsplit(link).scheme}://{urlsplit(link).netloc}" == ISSUER
        assert EVIL not in mail["text"] + mail["html"] + mail["subject"]


@pytest.mark.requirement("RC-01")
@pytest.mark.parametrize("host", [EVIL, f"localhost:8000@{EVIL}", f"localhost:8000.{EVIL}", "localhost:8001", ""])
async def test_a_request_to_another_host_sends_nothing(browser: Browser, provider: Provider, host: str) -> None:
    """It is refused before any page has seen it (421, or 400 for what is no host)."""
    await browser.open("/login")
    await browser.click("register")
    form = browser.form("email")
    body = form.fields | {"email": EVA, "given_name": "Eva", "family_name": "N", "phone": "+420602654321", "agree": "1"}
    answer = await browser.http.post(form.action, data=body | {"password": "five quiet lakes"}, headers={"host": host})
    assert answer.status_code in {400, 421}
    assert await provider.inbox() == []
