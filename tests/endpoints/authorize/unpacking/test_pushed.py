"""Pushed requests at the authorization endpoint: opened by their client, for a minute; completed once."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from idp.grants.pushed_requests import REQUEST_URI_PREFIX
from idp.grants.table import pushed_requests
from tests.support.browser import Browser
from tests.support.calls import get, json_of, location_of, outcome
from tests.support.clock import MovableClock
from tests.support.provider import PASSWORD, running_provider, test_settings
from tests.support.relying_party import RelyingParty
from tests.support.request_objects import parameters_of, push, pushed_url, url_of
from tests.support.signing_in import try_again


async def refused_as(rp: RelyingParty, url: str) -> str:
    """The error that a page tells; empty where it is none."""
    answer = await get(rp.provider, url)
    return "invalid_request_uri" if answer.status == 400 and "invalid_request_uri" in answer.text else ""


@pytest.mark.requirement("OC-41", "OT-28", "AZ-20")
async def test_opened_twice_completed_once(rp: RelyingParty, browser: Browser) -> None:
    """The page may be reloaded and opened in another tab; after the first code there is no second."""
    url = await pushed_url(rp, parameters_of(rp))
    first = await browser.open(url)
    second = await browser.open(url)
    assert (first.path, second.path) == ("/login", "/login")
    page = await try_again(browser, "lucie@wedos.cz", PASSWORD)
    assert page.query["state"] == rp.state
    assert (await rp.redeem(page.query["code"])).status_code == 200
    assert await refused_as(rp, url) == "invalid_request_uri"
    # The other tab, whose flow began before: signed in by now, it is told, and gets no code.
    late = await browser.open(first.url)
    assert late.query.get("error") == "invalid_request_uri", late.url
    assert "code" not in late.query
    assert late.query["iss"] == rp.provider.issuer
    # Going back in the tab that has completed it is no second completion.
    again = await browser.open(second.url)
    assert "code" not in again.query


@pytest.mark.requirement("AZ-20", "RM-02")
async def test_of_eight_completions_one_gets_a_code(database_url: str, tmp_path: Path, clock: MovableClock) -> None:
    """Signed in already, eight requests for the same name at once: one code, seven refusals."""
    async with running_provider(test_settings(database_url, tmp_path / "var"), clock) as provider:
        await provider.account()
        rp = RelyingParty(provider, await provider.client())
        async with Browser(provider.app) as browser:
            await rp.sign_in(browser)
            cookies = "; ".join(f"{name}={value}" for name, value in browser.http.cookies.items())
            agent = browser.http.headers["user-agent"]
            for _ in range(3):
                url = await pushed_url(rp, parameters_of(rp))
                headers = (("cookie", cookies), ("user-agent", agent))
                answers = await asyncio.gather(*(get(provider, url, *headers) for _ in range(8)))
                codes = [answer for answer in answers if "code=" in (answer.header("location") or "")]
                assert len(codes) == 1
                others = [answer for answer in answers if answer not in codes]
                assert all("invalid_request_uri" in (answer.header("location") or answer.text) for answer in others)


@pytest.mark.requirement("AZ-20", "OT-28")
async def test_unknown_foreign_or_expired(rp: RelyingParty) -> None:
    """A page that says invalid_request_uri, and no redirect, whatever stands beside the name."""
    other = RelyingParty(rp.provider, await rp.provider.client("other"))
    request_uri = json_of(await push(rp, parameters_of(rp)))["request_uri"]
    beside = {"redirect_uri": rp.client.redirect_uri, "state": "x", "response_type": "code"}
    for guessed in ("", "x", "A" * 22, request_uri.removeprefix(REQUEST_URI_PREFIX)[:-1], "%00"):
        assert await refused_as(rp, url_of(rp, REQUEST_URI_PREFIX + guessed, **beside)) == "invalid_request_uri"
    assert await refused_as(other, url_of(other, request_uri)) == "invalid_request_uri"
    assert outcome(rp, await get(rp.provider, f"/authorize?request_uri={request_uri}"), state=None) == "page"
    assert location_of(await get(rp.provider, url_of(rp, request_uri)))[0] == "/login"
    rp.provider.clock.advance(seconds=89)
    assert location_of(await get(rp.provider, url_of(rp, request_uri)))[0] == "/login"
    rp.provider.clock.advance(seconds=1)
    assert await refused_as(rp, url_of(rp, request_uri)) == "invalid_request_uri"


@pytest.mark.requirement("AZ-20")
async def test_a_login_that_takes_longer_than_the_name(rp: RelyingParty, browser: Browser) -> None:
    """The name lives for a minute, the conversation that it began as long as any other."""
    await browser.open(await pushed_url(rp, parameters_of(rp)))
    rp.provider.clock.advance(minutes=8)
    page = await try_again(browser, "lucie@wedos.cz", PASSWORD)
    assert (await rp.redeem(page.query["code"])).status_code == 200


async def test_what_stands_beside_it_counts_for_nothing(rp: RelyingParty) -> None:
    """RFC 9126 §4, RFC 9101 §6.3: neither state nor redirect URI nor scope."""
    request_uri = json_of(await push(rp, parameters_of(rp, prompt="none")))["request_uri"]
    beside = {"state": "other", "redirect_uri": "https://evil.example/", "scope": "admin", "prompt": "login"}
    assert outcome(rp, await get(rp.provider, url_of(rp, request_uri, **beside)), state=rp.state) == "login_required"


async def test_a_change_of_the_client_counts(rp: RelyingParty) -> None:
    """What was fine when it was pushed is looked at again: a client that was disabled since is not served."""
    url = await pushed_url(rp, parameters_of(rp))
    async with rp.provider.wiring.database.writing() as db:
        await db.exec_driver_sql("UPDATE clients SET status = 'disabled'")
    rp.provider.wiring.clients.forget()
    assert outcome(rp, await get(rp.provider, url), state=None) == "page"


@pytest.mark.requirement("DS-09", "RT-18")
async def test_the_row_says_nothing_and_goes(rp: RelyingParty, browser: Browser) -> None:
    """Sealed, so that nobody reads who was expected; deleted by the completion."""

    async def rows() -> list[str]:
        async with rp.provider.wiring.database.reading() as db:
            return list((await db.execute(select(pushed_requests.c.sealed_request))).scalars())

    url = await pushed_url(rp, parameters_of(rp, login_hint="lucie@wedos.cz"))
    assert len(await rows()) == 1
    assert "lucie" not in (await rows())[0]
    await browser.open(url)
    await try_again(browser, "lucie@wedos.cz", PASSWORD)
    assert await rows() == []
