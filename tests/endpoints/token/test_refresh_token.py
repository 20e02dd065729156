"""Refreshing: rotation, retry, reuse, expiry, and everything that must still hold."""

from typing import Any

import pytest

from idp.accounts.store import get as accounts_get
from idp.administration.accounts import end_sessions, lock_account, set_password
from idp.administration.clients import Declaration, change_client, disable_client, get_registration
from idp.credentials.otp import code_now
from idp.grants import consents
from idp.grants import store as grants
from idp.grants.grant import RevocationReason
from tests.support.browser import Browser
from tests.support.provider import OTP_KEY, PASSWORD, Provider
from tests.support.relying_party import RelyingParty, claims_of


async def error_of(rp: RelyingParty, refresh_token: str, **changes: str | None) -> str:
    """`tokens`, or the error of the refresh."""
    response = await rp.refresh(refresh_token, **changes)
    assert response.headers["cache-control"] == "no-store"
    if response.status_code == 200:
        return "tokens"
    assert response.status_code in {400, 401}
    error: str = response.json()["error"]
    return error


async def refreshed(rp: RelyingParty, refresh_token: str, **changes: str | None) -> dict[str, Any]:
    response = await rp.refresh(refresh_token, **changes)
    assert response.status_code == 200, response.text
    tokens: dict[str, Any] = response.json()
    return tokens


async def change(rp: RelyingParty, **metadata: Any) -> None:
    """Changes the client's registration, as an operator does."""
    wiring = rp.provider.wiring
    async with wiring.database.writing() as db:
        before = await get_registration(db, rp.client.id)
        changed = Declaration(rp.client.id, dict(before.metadata) | metadata)
        await change_client(db, changed, origin=rp.provider.origin())
    wiring.clients.forget()


@pytest.mark.requirement("RT-01")
async def test_a_refresh_rotates(rp: RelyingParty, browser: Browser) -> None:
    """The answer brings the next token; the old one is refused once the grace is over."""
    first = await rp.tokens(browser)
    second = await refreshed(rp, first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    rp.provider.clock.advance(seconds=11)
    assert await error_of(rp, first["refresh_token"]) == "invalid_grant"


@pytest.mark.requirement("RT-03")
async def test_reuse_ends_the_family_and_tells_the_owner(any_provider: Provider) -> None:
    """The first token after the third: everything of this login is dead, logged, and mailed to the owner."""
    await any_provider.account()
    rp = RelyingParty(any_provider, await any_provider.client())
    async with Browser(any_provider.app) as browser:
        first = await rp.tokens(browser)
    second = await refreshed(rp, first["refresh_token"])
    third = await refreshed(rp, second["refresh_token"])
    any_provider.clock.advance(seconds=11)
    assert await error_of(rp, first["refresh_token"]) == "invalid_grant"
    assert await error_of(rp, third["refresh_token"]) == "invalid_grant"
    for tokens in (first, second, third):
        assert await rp.introspect(tokens["access_token"]) == {"active": False}
        assert (await rp.userinfo(tokens["access_token"])).status_code == 401
    assert "refresh_reused" in await any_provider.events()
    (alert,) = [mail for mail in await any_provider.inbox() if "Security alert" in mail["subject"]]
    assert alert["to"] == "lucie@wedos.cz"


@pytest.mark.requirement("RT-04")
async def test_a_retry_within_the_grace_gets_the_same_successor(any_provider: Provider) -> None:
    """An answer that was lost is given again: one successor, however often it is asked for, and the family lives."""
    await any_provider.account()
    rp = RelyingParty(any_provider, await any_provider.client())
    async with Browser(any_provider.app) as browser:
        first = await rp.tokens(browser)
    second = await refreshed(rp, first["refresh_token"])
    any_provider.clock.advance(seconds=9)
    for _ in range(3):
        again = await refreshed(rp, first["refresh_token"])
        assert again["refresh_token"] == second["refresh_token"]
    assert await error_of(rp, second["refresh_token"]) == "tokens"


@pytest.mark.requirement("RT-04")
async def test_a_retry_is_no_way_around_anything(provider: Provider, browser: Browser) -> None:
    """Within the grace another client gets nothing, and a missing or other browser is what it is at any refresh."""
    await provider.account()
    rp = RelyingParty(provider, await provider.client(user_agent_binding="required"))
    other = RelyingParty(provider, await provider.client("other"))
    agent = browser.http.headers["user-agent"]
    first = await rp.tokens(browser, redemption={"user_agent": agent})
    await refreshed(rp, first["refresh_token"], user_agent=agent)
    assert await error_of(other, first["refresh_token"], user_agent=agent) == "invalid_grant"
    assert await error_of(rp, first["refresh_token"]) == "invalid_request"
    assert await error_of(rp, first["refresh_token"], user_agent=agent) == "tokens"
    assert await error_of(rp, first["refresh_token"], user_agent="curl/8.0") == "invalid_grant"
    assert await error_of(rp, first["refresh_token"], user_agent=agent) == "invalid_grant"


@pytest.mark.requirement("RT-07", "OC-28", "OT-17")
@pytest.mark.parametrize("kind", ["web", "spa", "native"])
async def test_a_refresh_token_belongs_to_its_client(rp: RelyingParty, browser: Browser, kind: str) -> None:
    """Another client's use is refused, whatever else it asks for, and costs the owner nothing."""
    thief = RelyingParty(rp.provider, await rp.provider.client("thief", application_type=kind))
    tokens = await rp.tokens(browser)
    assert await error_of(thief, tokens["refresh_token"]) == "invalid_grant"
    assert await error_of(thief, tokens["refresh_token"], scope="openid") == "invalid_grant"
    rp.provider.clock.advance(seconds=60)
    assert await error_of(thief, tokens["refresh_token"]) == "invalid_grant"
    assert await error_of(rp, tokens["refresh_token"]) == "tokens"


@pytest.mark.requirement("RT-08")
async def test_scope_only_narrows(rp: RelyingParty, browser: Browser) -> None:
    """More than was granted is `invalid_scope` and costs nothing; less holds for that one access token."""
    tokens = await rp.tokens(browser, scope="openid profile api.read")
    for wider in ("openid profile api.read email", "offline_access", "admin"):
        assert await error_of(rp, tokens["refresh_token"], scope=wider) == "invalid_scope"
    narrow = await refreshed(rp, tokens["refresh_token"], scope="api.read")
    assert narrow["scope"] == "api.read"
    assert claims_of(narrow["access_token"])["scope"] == "api.read"
    assert "id_token" not in narrow
    whole = await refreshed(rp, narrow["refresh_token"])
    assert whole["scope"] == "openid profile api.read"
    assert claims_of(whole["access_token"])["aud"] == claims_of(tokens["access_token"])["aud"]


@pytest.mark.requirement("RT-09")
async def test_idle_and_absolute_expiry(rp: RelyingParty, browser: Browser) -> None:
    """14 days without use end it; and 90 days end it, however often it is used."""
    clock = rp.provider.clock
    idle = await rp.tokens(browser, scope="openid offline_access")
    clock.advance(days=14)
    assert await error_of(rp, idle["refresh_token"]) == "invalid_grant"
    assert await rp.introspect(idle["refresh_token"]) == {"active": False}
    async with Browser(rp.provider.app) as fresh:
        tokens = await rp.tokens(fresh, scope="openid offline_access")
    for _ in range(8):
        clock.advance(days=11)
        tokens = await refreshed(rp, tokens["refresh_token"])
    clock.advance(days=2)
    assert await error_of(rp, tokens["refresh_token"]) == "invalid_grant"


@pytest.mark.requirement("RT-09")
async def test_without_offline_access_the_session_is_the_end(rp: RelyingParty, browser: Browser) -> None:
    """A refresh token does not outlive the twelve hours of the login it came from."""
    tokens = await rp.tokens(browser)
    for _ in range(11):
        rp.provider.clock.advance(hours=1)
        tokens = await refreshed(rp, tokens["refresh_token"])
    rp.provider.clock.advance(hours=1)
    assert await error_of(rp, tokens["refresh_token"]) == "invalid_grant"


async def _lock(rp: RelyingParty, account_id: str) -> None:
    provider = rp.provider
    async with provider.wiring.database.writing() as db:
        account = await accounts_get(db, account_id)
        await lock_account(db, provider.keys, account, reason="test", origin=provider.origin())


async def _end_sessions(rp: RelyingParty, account_id: str) -> None:
    provider = rp.provider
    async with provider.wiring.database.writing() as db:
        await end_sessions(db, provider.keys, await accounts_get(db, account_id), origin=provider.origin())


async def _new_password(rp: RelyingParty, account_id: str) -> None:
    provider = rp.provider
    async with provider.wiring.database.writing() as db:
        account = await accounts_get(db, account_id)
        await set_password(db, provider.keys, account, "a hash", origin=provider.origin())


async def _withdraw_consent(rp: RelyingParty, account_id: str) -> None:
    provider = rp.provider
    async with provider.wiring.database.writing() as db:
        await consents.withdraw(db, account_id, rp.client.id)
        await grants.revoke_for_account(
            db,
            account_id,
            client_id=rp.client.id,
            reason=RevocationReason.CONSENT_WITHDRAWN,
            now=provider.clock.now(),
        )


async def _take_offline_access(rp: RelyingParty, _account_id: str) -> None:
    await change(rp, scope="openid profile email")


ENDS = {
    "lock": _lock,
    "sessions ended by an operator": _end_sessions,
    "password set": _new_password,
    "consent withdrawn": _withdraw_consent,
    "offline_access taken from the client": _take_offline_access,
}


@pytest.mark.requirement("RT-10", "TK-19")
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("scope", ["openid", "openid offline_access"])
async def test_a_refresh_asks_again_whether_it_may(rp: RelyingParty, browser: Browser, end: str, scope: str) -> None:
    """Every end of an account's or a client's rights ends its refresh tokens, those for offline use included."""
    tokens = await rp.tokens(browser, scope=scope)
    await ENDS[end](rp, claims_of(tokens["id_token"])["sub"])
    is_only_offline = end == "offline_access taken from the client" and scope == "openid"
    assert await error_of(rp, tokens["refresh_token"]) == ("tokens" if is_only_offline else "invalid_grant")
    if not is_only_offline and end != "offline_access taken from the client":
        assert await rp.introspect(tokens["access_token"]) == {"active": False}
        assert (await rp.userinfo(tokens["access_token"])).status_code == 401


@pytest.mark.requirement("RT-10")
@pytest.mark.parametrize(("scope", "wanted"), [("openid", "invalid_grant"), ("openid offline_access", "tokens")])
async def test_logout_ends_what_hangs_on_the_session(
    rp: RelyingParty, browser: Browser, scope: str, wanted: str
) -> None:
    """Offline use is what survives a logout, and nothing else."""
    tokens = await rp.tokens(browser, scope=scope)
    await browser.open("/logout")
    await browser.submit(button="logout-confirm")
    assert await error_of(rp, tokens["refresh_token"]) == wanted


@pytest.mark.requirement("RT-10", "TK-20")
async def test_a_disabled_client_refreshes_nothing(rp: RelyingParty, browser: Browser) -> None:
    """Neither refresh, nor introspection, nor UserInfo with what it got before."""
    tokens = await rp.tokens(browser)
    resource = RelyingParty(rp.provider, await rp.provider.client("api", resource_of=[rp.provider.issuer]))
    assert (await resource.introspect(tokens["access_token"]))["active"] is True
    async with rp.provider.wiring.database.writing() as db:
        await disable_client(db, rp.client.id, origin=rp.provider.origin())
    rp.provider.wiring.clients.forget()
    assert await error_of(rp, tokens["refresh_token"]) == "invalid_client"
    assert (await rp.introspect(tokens["access_token"]))["error"] == "invalid_client"
    assert await resource.introspect(tokens["access_token"]) == {"active": False}
    assert (await rp.userinfo(tokens["access_token"])).status_code == 401


@pytest.mark.requirement("RT-10")
async def test_a_scope_taken_from_the_client_is_gone_at_the_next_refresh(rp: RelyingParty, browser: Browser) -> None:
    """The refresh goes on with what is left, and cannot ask for the rest."""
    tokens = await rp.tokens(browser, scope="openid email api.read")
    await change(rp, scope="openid email")
    assert await error_of(rp, tokens["refresh_token"], scope="openid api.read") == "invalid_scope"
    less = await refreshed(rp, tokens["refresh_token"])
    assert less["scope"] == "openid email"
    assert claims_of(less["access_token"])["scope"] == "openid email"


@pytest.mark.requirement("RT-20")
async def test_offline_access_dies_with_its_scope(rp: RelyingParty, browser: Browser) -> None:
    """Taken from the client, it comes back for nobody; also not within the grace of a refresh."""
    tokens = await rp.tokens(browser, scope="openid offline_access")
    await refreshed(rp, tokens["refresh_token"])
    await change(rp, scope="openid")
    assert await error_of(rp, tokens["refresh_token"]) == "invalid_grant"


@pytest.mark.requirement("RT-20", "OC-28")
async def test_a_third_party_gets_offline_access_after_consent(provider: Provider, browser: Browser) -> None:
    """The consent page names it, and without the person's yes there is no code."""
    await provider.account()
    client = await provider.client("partner", first_party=False, issue_refresh_token="offline_access")
    rp = RelyingParty(provider, client)
    without = await rp.sign_in(browser, scope="openid")
    assert without.path == "/consent"
    page = await browser.submit(button="consent-allow")
    assert "refresh_token" not in (await rp.redeem(page.query["code"])).json()
    page = await browser.open(rp.authorization_url(scope="openid offline_access"))
    assert page.path == "/consent"
    page = await browser.submit(button="consent-allow")
    assert "refresh_token" in (await rp.redeem(page.query["code"])).json()


@pytest.mark.requirement("RT-11")
async def test_a_refresh_claims_no_more_than_its_login(provider: Provider, browser: Browser) -> None:
    """The session was stepped up meanwhile: acr, amr and auth_time of the older grant stay what they were."""
    await provider.account(otp=True)
    rp = RelyingParty(provider, await provider.client())
    before = await rp.tokens(browser, otp=True)
    login = claims_of(before["id_token"])
    provider.clock.advance(minutes=5)
    await browser.open(rp.authorization_url(prompt="login"))
    await browser.submit(username="lucie@wedos.cz", password=PASSWORD)
    page = await browser.submit(code=code_now(OTP_KEY, provider.clock.now()))
    again = claims_of((await rp.redeem(page.query["code"])).json()["id_token"])
    assert again["auth_time"] > login["auth_time"]
    after = await refreshed(rp, before["refresh_token"])
    for token in (claims_of(after["id_token"]), claims_of(after["access_token"])):
        assert [token[name] for name in ("acr", "amr", "auth_time")] == [
            login[name] for name in ("acr", "amr", "auth_time")
        ]


@pytest.mark.requirement("RT-11")
async def test_a_password_login_is_not_raised_by_otp(provider: Provider, browser: Browser) -> None:
    """What a person adds later in the same session is not in the older application's tokens."""
    await provider.account()
    rp = RelyingParty(provider, await provider.client())
    before = await rp.tokens(browser)
    await browser.open(rp.authorization_url(acr_values="urn:idp:acr:otp"))
    assert browser.page is not None
    assert browser.page.path == "/login/otp/setup"
    after = await refreshed(rp, before["refresh_token"])
    assert claims_of(after["id_token"])["acr"] == "urn:idp:acr:pwd"
    assert claims_of(after["access_token"])["amr"] == ["pwd"]


@pytest.mark.requirement("OC-28", "OT-17")
async def test_the_refreshed_id_token(rp: RelyingParty, browser: Browser) -> None:
    """OIDC Core §12.2: a new iat; iss, sub, aud, auth_time and sid as before; no nonce; its own at_hash."""
    first = await rp.tokens(browser)
    rp.provider.clock.advance(seconds=60)
    second = await refreshed(rp, first["refresh_token"])
    before, after = claims_of(first["id_token"]), claims_of(second["id_token"])
    same = ("iss", "sub", "aud", "auth_time", "sid", "acr", "amr", "ua_binding")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert after["iat"] == before["iat"] + 60
    assert "nonce" not in after
    assert after["at_hash"] != before["at_hash"]
