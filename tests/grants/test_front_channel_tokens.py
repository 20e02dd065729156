"""The life of an access token that came from the authorization endpoint: tied to its grant, as any other."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from idp.grants import store as grants
from idp.grants.table import grants as table
from tests.support.browser import Browser
from tests.support.clock import MovableClock
from tests.support.provider import Provider, running_provider, test_settings
from tests.support.relying_party import RelyingParty, claims_of
from tests.support.responses import registered_for_all, response_of


@pytest.fixture
async def anywhere(database_url: str, tmp_path: Path, clock: MovableClock) -> AsyncIterator[Provider]:
    """On SQLite and on PostgreSQL."""
    async with running_provider(test_settings(database_url, tmp_path / "var"), clock) as provider:
        await provider.account()
        yield provider


async def front(rp: RelyingParty, browser: Browser, response_type: str, scope: str = "openid email") -> dict[str, str]:
    page = await rp.sign_in(browser, response_type=response_type, scope=scope)
    return response_of(rp.provider, page).parameters


async def works(rp: RelyingParty, token: str) -> bool:
    at_userinfo = (await rp.userinfo(token)).status_code == 200
    assert (await rp.introspect(token))["active"] is at_userinfo
    return bool(at_userinfo)


async def test_it_works_while_the_code_waits_and_after_it_is_over(anywhere: Provider) -> None:
    """A code that nobody redeems takes nothing with it; the token ends in its own time."""
    rp = await registered_for_all(anywhere)
    async with Browser(anywhere.app) as browser:
        given = await front(rp, browser, "code token")
    assert await works(rp, given["access_token"])
    anywhere.clock.advance(seconds=61)
    assert (await rp.redeem(given["code"])).json()["error"] == "invalid_grant"
    assert await works(rp, given["access_token"])
    anywhere.clock.advance(minutes=15)
    assert not await works(rp, given["access_token"])


@pytest.mark.requirement("TK-05")
async def test_a_replayed_code_takes_it_along(anywhere: Provider) -> None:
    """A second redemption ends the token of the front like those of the back channel (RFC 6749 §4.1.2)."""
    rp = await registered_for_all(anywhere)
    async with Browser(anywhere.app) as browser:
        given = await front(rp, browser, "code id_token token")
    tokens = (await rp.redeem(given["code"])).json()
    assert await works(rp, given["access_token"])
    assert (await rp.redeem(given["code"])).json()["error"] == "invalid_grant"
    assert not await works(rp, given["access_token"])
    assert not await works(rp, tokens["access_token"])
    assert (await rp.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("response_type", ["id_token token", "code token"])
async def test_it_ends_with_a_logout_and_by_revocation(anywhere: Provider, response_type: str) -> None:
    """Before the code is redeemed, too; and the code is worth nothing then."""
    rp = await registered_for_all(anywhere)
    async with Browser(anywhere.app) as browser:
        revoked = await front(rp, browser, response_type)
        assert (await rp.post("/revoke", {"token": revoked["access_token"]})).status_code == 200
        assert not await works(rp, revoked["access_token"])
        ended = await front(rp, browser, response_type)
        assert await works(rp, ended["access_token"])
        await browser.open("/logout")
        await browser.submit(button="logout-confirm")
    assert not await works(rp, ended["access_token"])
    for code in (revoked.get("code"), ended.get("code")):
        assert code is None or (await rp.redeem(code)).json()["error"] == "invalid_grant"


async def test_an_implicit_grant_has_no_refresh_token_and_no_offline_access(anywhere: Provider) -> None:
    """OIDC Core §11: `offline_access` is ignored where no code comes back; with a code it is not."""
    rp = await registered_for_all(anywhere)
    async with Browser(anywhere.app) as browser:
        implicit = await front(rp, browser, "id_token token", scope="openid offline_access")
        hybrid = await front(rp, browser, "code token", scope="openid offline_access")
    assert (implicit["scope"], hybrid["scope"]) == ("openid", "openid offline_access")
    assert "refresh_token" in (await rp.redeem(hybrid["code"])).json()
    async with anywhere.wiring.database.reading() as db:
        grant = await grants.find(db, claims_of(implicit["access_token"])["grant_id"])
    assert grant is not None
    assert (grant.state, grant.has_refresh_token, grant.survives_logout) == ("active", False, False)


async def test_a_code_alone_opens_nothing_before_it_is_redeemed(anywhere: Provider) -> None:
    """Only what was handed out counts: a grant of `code id_token` has no live token yet."""
    rp = await registered_for_all(anywhere)
    async with Browser(anywhere.app) as browser:
        await front(rp, browser, "code id_token")
    async with anywhere.wiring.database.reading() as db:
        grant_id = (await db.execute(select(table.c.id))).scalar_one()
        assert await grants.find_live(db, grant_id, now=anywhere.clock.now()) is None
