"""Hosted CAPTCHAs: only the service's plain yes to this very page counts, and it counts once."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from idp.captcha.siteverify import SERVICES, SiteVerifier, Verdict
from idp.settings import Captcha
from idp.wiring import captcha_service_of
from tests.messaging.sms_provider import HANG, LOST, SmsProvider
from tests.support.browser import Browser, Page
from tests.support.clock import MovableClock
from tests.support.provider import PASSWORD, Provider, running_provider, test_settings
from tests.support.registration import EVA, EVAS_PHONE

HOST = "localhost"
FILLED_IN = {
    "given_name": "Eva",
    "family_name": "Nová",
    "email": EVA,
    "phone": EVAS_PHONE,
    "password": PASSWORD,
    "agree": "1",
}
UNAVAILABLE = "We cannot check right now that you are not a robot. Try again in a minute."
REFUSED = "We could not check that you are not a robot. Send the form again."


def verifier_at(service: SmsProvider, name: str = "turnstile", timeout: float = 5) -> SiteVerifier:
    return SiteVerifier(
        SERVICES[name],
        site_key="site",
        secret="hush",
        hostname=HOST,
        verify_url=service.url,
        timeout=timeout,
    )


def yes(**changes: object) -> tuple[int, str]:
    return 200, json.dumps({"success": True, "hostname": HOST, "action": "register"} | changes)


def no(*codes: str) -> tuple[int, str]:
    return 200, json.dumps({"success": False, "error-codes": list(codes)})


@pytest.mark.requirement("PW-17")
@pytest.mark.parametrize("name", list(SERVICES))
@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (yes(), Verdict.RIGHT),
        ((200, '{"success": true}'), Verdict.RIGHT),
        (yes(hostname="evil.example"), Verdict.WRONG),
        (yes(hostname=None), Verdict.WRONG),
        (no("invalid-input-response"), Verdict.WRONG),
        (no("timeout-or-duplicate"), Verdict.WRONG),
        ((200, '{"success": false}'), Verdict.WRONG),
        ((400, '{"success": false, "error-codes": ["missing-input-response"]}'), Verdict.WRONG),
        (no("invalid-input-secret"), Verdict.UNKNOWN),
        (no("internal-error"), Verdict.UNKNOWN),
        ((200, '{"success": "true"}'), Verdict.UNKNOWN),
        ((200, '{"success": 1}'), Verdict.UNKNOWN),
        ((200, "[true]"), Verdict.UNKNOWN),
        ((200, "null"), Verdict.UNKNOWN),
        ((200, "<html>success</html>"), Verdict.UNKNOWN),
        ((200, ""), Verdict.UNKNOWN),
        ((302, '{"success": true}'), Verdict.UNKNOWN),
        ((404, '{"success": true}'), Verdict.UNKNOWN),
        ((500, '{"success": true}'), Verdict.UNKNOWN),
        ((LOST, ""), Verdict.UNKNOWN),
    ],
)
async def test_what_the_service_says_and_what_it_means(
    service: SmsProvider, name: str, answer: tuple[int, str], verdict: Verdict
) -> None:
    """Right, wrong, or nothing that can be used; never right by accident."""
    service.answers.append(answer)
    verifier = verifier_at(service, name)
    assert await verifier.verify("token", purpose="register") is verdict
    await verifier.close()
    (request,) = service.requests
    assert request.method == "POST"
    assert parse_qs(request.body) == {"secret": ["hush"], "response": ["token"]}
    assert "hush" not in request.target


@pytest.mark.requirement("PW-17")
async def test_only_turnstile_tells_which_form_it_was_for(service: SmsProvider) -> None:
    """Where the service returns the form's name, another form's answer is refused."""
    for name, verdict in (("turnstile", Verdict.WRONG), ("hcaptcha", Verdict.RIGHT), ("recaptcha", Verdict.RIGHT)):
        service.answers.append(yes(action="login"))
        verifier = verifier_at(service, name)
        assert await verifier.verify("token", purpose="register") is verdict
        await verifier.close()


@pytest.mark.requirement("PW-17")
async def test_a_service_that_is_slow_or_gone_says_nothing(service: SmsProvider, free_port: int) -> None:
    """It is waited for, but not for long."""
    service.answers.append((HANG, ""))
    slow = verifier_at(service, timeout=0.2)
    assert await slow.verify("token", purpose="register") is Verdict.UNKNOWN
    await slow.close()
    gone = SiteVerifier(
        SERVICES["hcaptcha"], site_key="s", secret="h", hostname=HOST, verify_url=f"http://127.0.0.1:{free_port}/"
    )
    assert await gone.verify("token", purpose="register") is Verdict.UNKNOWN
    await gone.close()


@pytest.mark.parametrize("missing", ["captcha_site_key", "captcha_secret"])
def test_a_hosted_captcha_without_its_keys_stops_the_start(sqlite_url: str, tmp_path: Path, missing: str) -> None:
    """With a sentence that names them."""
    keys = {"captcha_site_key": "site", "captcha_secret": SecretStr("hush")}
    del keys[missing]
    settings = test_settings(sqlite_url, tmp_path, captcha=Captcha.TURNSTILE, **keys)
    with pytest.raises(ValueError, match="IDP_CAPTCHA=turnstile needs IDP_CAPTCHA_SITE_KEY and IDP_CAPTCHA_SECRET"):
        captcha_service_of(settings)


def test_the_service_is_asked_over_tls(sqlite_url: str, tmp_path: Path) -> None:
    """The secret is not sent in the clear."""
    settings = test_settings(
        sqlite_url,
        tmp_path,
        captcha=Captcha.HCAPTCHA,
        captcha_site_key="site",
        captcha_secret=SecretStr("hush"),
        captcha_verify_url="http://captcha.example/siteverify",
    )
    with pytest.raises(ValueError, match="IDP_CAPTCHA_VERIFY_URL must be https"):
        captcha_service_of(settings)


@asynccontextmanager
async def registration(
    service: SmsProvider, database_url: str, var: Path, clock: MovableClock, kind: Captcha = Captcha.TURNSTILE
) -> AsyncIterator[tuple[Provider, Browser]]:
    """A provider with a hosted CAPTCHA, and a browser at its registration form."""
    settings = test_settings(
        database_url,
        var,
        captcha=kind,
        captcha_site_key="site-key",
        captcha_secret=SecretStr("hush"),
        captcha_verify_url=service.url,
    )
    async with running_provider(settings, clock) as provider, Browser(provider.app) as browser:
        await browser.open("/login")
        await browser.click("register")
        yield provider, browser


async def send(browser: Browser, answer: str, field: str = "cf-turnstile-response") -> Page:
    """As the service's script would have put the answer into the form."""
    form = browser.form("email")
    return await browser.post(form.action, form.fields | FILLED_IN | {field: answer})


@pytest.mark.requirement("PW-17")
@pytest.mark.parametrize("kind", [Captcha.HCAPTCHA, Captcha.TURNSTILE, Captcha.RECAPTCHA])
async def test_a_hosted_captcha_guards_the_form(
    service: SmsProvider, sqlite_url: str, tmp_path: Path, clock: MovableClock, kind: Captcha
) -> None:
    """The widget with its key; a refusal, a yes; and a yes counts once even where the service repeats it."""
    async with registration(service, sqlite_url, tmp_path / "var", clock, kind) as (provider, browser):
        assert browser.page is not None
        known = SERVICES[kind]
        assert f'class="{known.widget_class}" data-sitekey="site-key" data-action="register"' in browser.page.text
        assert known.script.format(locale="en") in browser.page.text
        service.answers.extend([no("invalid-input-response"), yes(), yes()])
        page = await send(browser, "first", known.field)
        assert page.shows(REFUSED)
        page = await send(browser, "second", known.field)
        assert page.path == "/verify/email"
        await browser.open("/login")
        await browser.click("register")
        page = await send(browser, "second", known.field)
        assert page.shows(REFUSED)
        assert len(await provider.inbox()) == 1


@pytest.mark.requirement("PW-17")
async def test_while_the_service_is_down_nobody_gets_through(
    service: SmsProvider, sqlite_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    """The page says when to try again and keeps what was typed; then it works. The way without scripts stays open."""
    async with registration(service, sqlite_url, tmp_path / "var", clock) as (provider, browser):
        for failure in ((LOST, ""), (503, "down"), (200, "not JSON")):
            service.answers.append(failure)
            page = await send(browser, "token")
            assert page.shows(UNAVAILABLE)
            assert page.forms[0].fields["email"] == EVA
        assert await provider.inbox() == []
        service.answers.append(yes())
        page = await send(browser, "token")
        assert page.path == "/verify/email"


async def test_without_javascript_a_hosted_captcha_waits_too(
    service: SmsProvider, sqlite_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    """Its script cannot run either: twenty seconds, and the service is not asked."""
    async with registration(service, sqlite_url, tmp_path / "var", clock) as (provider, browser):
        page = await browser.submit(**FILLED_IN)
        assert page.shows("Please wait 20 seconds")
        provider.clock.advance(seconds=20)
        await browser.click("continue")
        page = await browser.submit(**FILLED_IN)
        assert page.path == "/verify/email"
        assert service.requests == []


@pytest.mark.parametrize("kind", [Captcha.HCAPTCHA, Captcha.TURNSTILE, Captcha.RECAPTCHA])
async def test_the_policy_names_this_service_and_no_other(
    service: SmsProvider, sqlite_url: str, tmp_path: Path, clock: MovableClock, kind: Captcha
) -> None:
    """On the page with the widget; every other page stays as strict as ever."""
    async with registration(service, sqlite_url, tmp_path / "var", clock, kind) as (_, browser):
        assert browser.page is not None
        policy = browser.page.headers["content-security-policy"]
        for directive, origins in SERVICES[kind].origins.items():
            assert f"{directive}-src" in policy
            assert origins in policy
        scripts = [other.origins["script"] for name, other in SERVICES.items() if name != kind]
        assert not any(origin in policy for origins in scripts for origin in origins.split())
        assert "unsafe" not in policy
        assert "https:" not in (await browser.open("/login")).headers["content-security-policy"]
