"""A check that breaks lets nobody in: each verifier, limiter and store call is made to fail while an attacker tries."""

import inspect
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import httpx
import pytest

from tests.support.browser import CHROME, Browser, Page
from tests.support.provider import PASSWORD, Provider
from tests.support.relying_party import RelyingParty

# Every function that decides, or fetches what is decided upon, on the way to a session or a token.
_ON_THE_WAY = """
accounts.store:find accounts.lanes:AccountLane.find_by_identifier
audit.record:record audit.store:append
clients.directory:ClientDirectory.get clients.secret:secret_matches
credentials.one_time_codes:redeem_code credentials.otp:matching_step credentials.otp:digits_of
credentials.password_hashing:PasswordHasher.verify
credentials.lanes:PasswordLane.find_hash credentials.store:has_active_otp credentials.store:find_active_otp_key
devices.store:is_known devices.lanes:DeviceLane.is_known
grants.handle:Handles.open grants.refusal:refused_redemption grants.refusal:refused_rotation
grants.store:find grants.lanes:GrantLanes.find_live grants.store:redeem_code grants.store:rotate
grants.store:revoke_for_session
interaction.attempts:password_counter interaction.attempts:reserve_attempt interaction.attempts:too_many_from_here
interaction.dispatcher:next_prompt interaction.facts:read_facts interaction.facts:choose_session
interaction.facts:read_facts_anew
interaction.flow:FlowSealer.open interaction.opening:open_conversation
interaction.prompts.enter_otp:check_code interaction.prompts.verify_email:awaits_email_code
interaction.requirements:needs_otp interaction.requirements:needs_password
keys.verify:verify_own_jwt
lifecycle.end_session:end_session lifecycle.invalidate_login:invalidate_login
lifecycle.resource_owner:ResourceOwnerLane.find
protocol.pkce:challenge_of protocol.parameters:parse_parameters
protocol.user_agent_binding.binding:is_same_browser protocol.user_agent_binding.agent:read_user_agent
sealing:MasterKeys.mac sealing:MasterKeys.open
sessions.lanes:SessionLane.list_by_secrets sessions.store:find sessions.store:end
throttling.addresses:AddressLimiter.hit throttling.attempts:reserve
throttling.lanes:AttemptLane.count
web.bearer:check_access_token web.bearer:read_access_token
web.client_authentication:authenticate_client web.csrf:is_own_form web.forms:read_form
web.browser_sessions:BrowserSessions.load web.scope:open_scope
"""
POINTS = _ON_THE_WAY.split()

UNVERIFIED = "fresh@wedos.cz"
BROKEN = "the check is broken"


@dataclass(slots=True)
class _Prepared:
    """What the attacker has before anything breaks: each thing but one of what is needed."""

    rp: RelyingParty
    stranger: Browser
    has_password: Browser
    awaits_email: Browser
    signed_in: Browser
    code: str
    tokens: dict[str, str]
    revoked: dict[str, str]


@asynccontextmanager
async def prepared(provider: Provider) -> AsyncIterator[_Prepared]:
    await provider.account(otp=True)
    await provider.account(UNVERIFIED, email_verified=False)
    rp = RelyingParty(provider, await provider.client(user_agent_binding="required"))
    app = provider.app
    async with Browser(app) as one, Browser(app) as two, Browser(app) as three, Browser(app) as owner:
        await one.open(rp.authorization_url())
        assert (await rp.sign_in(two)).path == "/login/otp"
        assert (await rp.sign_in(three, UNVERIFIED)).path == "/verify/email"
        agent = owner.http.headers["user-agent"]
        tokens = await rp.tokens(owner, otp=True, redemption={"user_agent": agent})
        codes = [(await owner.open(rp.authorization_url())).query["code"] for _ in range(2)]
        revoked = (await rp.redeem(codes[1], user_agent=agent)).json()
        await rp.post("/revoke", {"token": revoked["access_token"]})
        yield _Prepared(rp, one, two, three, owner, codes[0], tokens, revoked)


def break_everywhere(monkeypatch: pytest.MonkeyPatch, point: str) -> list[str]:
    """Makes the function raise, under every name that a module of ours has for it; the list grows with each call."""
    module_name, _, path = point.partition(":")
    owner: Any = import_module(f"idp.{module_name}")
    *classes, name = path.split(".")
    for each in classes:
        owner = getattr(owner, each)
    original = inspect.getattr_static(owner, name)
    calls: list[str] = []

    def failing(*_: object, **__: object) -> Any:
        calls.append(point)
        raise RuntimeError(BROKEN)

    async def failing_later(*_: object, **__: object) -> Any:
        failing()

    is_async = inspect.iscoroutinefunction(getattr(owner, name))
    broken: Callable[..., Any] = failing_later if is_async else failing
    if classes:
        monkeypatch.setattr(owner, name, staticmethod(broken))
        return calls
    for each_module in [module for key, module in sys.modules.items() if key.startswith("idp.")]:
        for alias, value in list(vars(each_module).items()):
            if value is original:
                monkeypatch.setattr(each_module, alias, broken)
    return calls


async def status_of(answer: Any) -> int:
    """The status of an answer; 500 where the application raised through the in-process transport."""
    response = await _response_of(answer)
    return 500 if response is None else response.status_code


async def text_of(answer: Any) -> str:
    response = await _response_of(answer)
    return "" if response is None else response.text


async def _response_of(answer: Any) -> httpx.Response | None:
    try:
        response: httpx.Response = await answer
    except RuntimeError as error:
        if BROKEN not in str(error):
            raise
        return None
    return response


async def page_of(answer: Any) -> Page | None:
    try:
        page: Page = await answer
    except RuntimeError as error:
        if BROKEN not in str(error):
            raise
        return None
    return page


async def is_inside(browser: Browser) -> bool:
    """Whether the browser has an active session now. Asked when the check works again."""
    return (await browser.http.get("/session/status")).text == "active"


@pytest.mark.requirement("LG-07")
@pytest.mark.parametrize("point", POINTS)
async def test_a_broken_check_lets_nobody_in(provider: Provider, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    """Wrong password, OTP, mailed code, verifier, secret, browser or token: none succeeds while this call fails."""
    async with prepared(provider) as before:
        rp, stolen = before.rp, before.tokens
        pages, answers = [], []
        with monkeypatch.context() as breaking:
            calls = break_everywhere(breaking, point)
            for browser, button, typed in (
                (before.stranger, "login-submit", {"username": "lucie@wedos.cz", "password": "not the password"}),
                (before.has_password, "otp-submit", {"code": "000000"}),
                (before.awaits_email, "verify-submit", {"code": "000000"}),
            ):
                pages.append(await page_of(browser.submit(button=button, **typed)))
            answers.append(await status_of(rp.redeem(before.code, code_verifier="v" * 43, user_agent=CHROME)))
            answers.append(await status_of(rp.refresh(stolen["refresh_token"], user_agent=CHROME)))
            answers.append(await status_of(rp.refresh(stolen["refresh_token"][:-4] + "AAAA", user_agent=CHROME)))
            answers.append(await status_of(rp.userinfo(stolen["access_token"][:-4] + "AAAA")))
            answers.append(await status_of(rp.userinfo(stolen["id_token"])))
            answers.append(await status_of(rp.userinfo(before.revoked["access_token"])))
            thief = RelyingParty(provider, type(rp.client)(rp.client.id, "wrong", rp.client.redirect_uri))
            answers.append(await status_of(thief.post("/introspect", {"token": stolen["access_token"]})))
            described = await text_of(rp.post("/introspect", {"token": before.revoked["access_token"]}))
            before.signed_in.change_to(CHROME)
            changed = await page_of(before.signed_in.open("/account/security"))
        assert calls, f"{point} was never reached: take it off the list"
        assert all(page is None or "code" not in page.query for page in pages)
        assert all(status >= 400 for status in answers), answers
        assert '"active":true' not in described
        assert changed is None or changed.path != "/account/security" or changed.status >= 400
        for browser in (before.stranger, before.has_password, before.awaits_email):
            assert not await is_inside(browser)
        page = await before.stranger.open(rp.authorization_url(prompt="none"))
        assert "code" not in page.query


@pytest.mark.requirement("LG-07")
async def test_without_a_fault_the_owner_gets_in(provider: Provider) -> None:
    """The same preparation with the right things instead of the wrong ones: the test above can tell the difference."""
    assert len(POINTS) >= 40
    async with prepared(provider) as before:
        provider.clock.advance(seconds=30)
        page = await before.rp.sign_in(before.stranger, password=PASSWORD, otp=True)
        assert "code" in page.query
        agent = before.signed_in.http.headers["user-agent"]
        assert await status_of(before.rp.redeem(before.code, user_agent=agent)) == 200
        assert await is_inside(before.stranger)
        token = {"token": before.tokens["access_token"]}
        assert '"active":true' in await text_of(before.rp.post("/introspect", token))
