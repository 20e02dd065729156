"""Who would rather not sign in goes back to the application, which is told so."""

import pytest

from tests.support.browser import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty
from tests.support.responses import registered_for_all, response_of

STATE = ("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~" * 2)[:128]


@pytest.mark.requirement("AZ-05", "AZ-10", "OC-50")
@pytest.mark.parametrize(
    "mode", ["query", "fragment", "form_post", "query.jwt", "fragment.jwt", "form_post.jwt", "jwt"]
)
async def test_cancel_is_access_denied_in_every_mode(provider: Provider, browser: Browser, mode: str) -> None:
    """With state and issuer, and nothing else; whoever cancels has not signed in."""
    rp = RelyingParty(provider, await provider.client())
    await browser.open(rp.authorization_url(response_mode=mode, state=STATE))
    response = response_of(provider, await browser.submit(button="cancel"))
    parameters = {name: value for name, value in response.parameters.items() if name not in {"aud", "exp"}}
    assert parameters.pop("error_description")
    assert parameters == {"error": "access_denied", "state": STATE, "iss": provider.issuer}
    assert "authorization_refused" in await provider.events()
    assert "session" not in browser.http.cookies


@pytest.mark.requirement("OC-50")
async def test_each_page_before_the_end_can_be_cancelled(provider: Provider, browser: Browser) -> None:
    """Login, OTP, account chooser, registration; consent and the OTP set-up have refusals of their own."""
    await provider.account(otp=True)
    rp = RelyingParty(provider, await provider.client())
    page = await rp.sign_in(browser)
    assert page.path == "/login/otp"
    assert (await browser.submit(button="cancel")).query["error"] == "access_denied"
    for path, prompt in (("/register", "create"), ("/login", "login")):
        page = await browser.open(rp.authorization_url(prompt=prompt))
        assert page.path == path
        assert (await browser.submit(button="cancel")).query["error"] == "access_denied"
    await rp.sign_in(browser, otp=True)
    page = await browser.open(rp.authorization_url(prompt="select_account"))
    assert page.path == "/select-account"
    assert (await browser.submit(button="cancel")).query["error"] == "access_denied"


async def test_hybrid_cancel_comes_in_the_fragment(provider: Provider, browser: Browser) -> None:
    """The refusal goes the way on which the answer would have gone."""
    rp = await registered_for_all(provider)
    await browser.open(rp.authorization_url(response_type="code id_token"))
    response = response_of(provider, await browser.submit(button="cancel"))
    assert (response.place, response.parameters["error"]) == ("fragment", "access_denied")


async def test_a_login_of_our_own_has_nobody_to_tell(browser: Browser) -> None:
    """No application waits: there is no button, and pressing it all the same changes nothing."""
    page = await browser.open("/login")
    assert 'id="cancel"' not in page.text
    sent = await browser.post(page.url, page.forms[0].fields | {"cancel": "1"})
    assert sent.path == "/login"


async def test_only_our_own_form_cancels(provider: Provider, browser: Browser) -> None:
    """Without the form's token nothing is answered for the person."""
    rp = RelyingParty(provider, await provider.client())
    page = await browser.open(rp.authorization_url())
    assert (await browser.post(page.url, {"cancel": "1"})).path == "/login"
