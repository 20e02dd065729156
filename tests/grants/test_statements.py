"""What the hot path asks of the database, and when it commits."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from idp.grants.table import grants
from idp.web.plain import Message, Receive, Scope, Send
from tests.support.browser import FIREFOX, Browser
from tests.support.provider import Provider
from tests.support.queries import counting
from tests.support.relying_party import RelyingParty


@pytest.fixture
async def any_rp(any_provider: Provider) -> RelyingParty:
    """A first-party client beside the account lucie@wedos.cz, on both databases."""
    await any_provider.account()
    return RelyingParty(any_provider, await any_provider.client())


async def test_good_paths_are_one_statement(any_rp: RelyingParty, any_browser: Browser) -> None:
    """A redemption and a refresh are one UPDATE and no SELECT: nothing can slip in between."""
    database = any_rp.provider.wiring.database
    code = (await any_rp.sign_in(any_browser)).query["code"]
    await any_rp.introspect("warms the client's memory")
    with counting(database) as redemption:
        tokens = (await any_rp.redeem(code, user_agent=FIREFOX)).json()
    assert redemption.verbs == {"UPDATE": 1}
    with counting(database) as refresh:
        answer = await any_rp.refresh(tokens["refresh_token"], user_agent=FIREFOX)
    assert answer.status_code == 200
    assert refresh.verbs == {"UPDATE": 1}


async def test_questions_are_few_statements(any_rp: RelyingParty, any_browser: Browser) -> None:
    """Introspection asks once, as does UserInfo; a forged token, the keys and the descriptions ask nothing at all."""
    provider = any_rp.provider
    database = provider.wiring.database
    tokens = await any_rp.tokens(any_browser)
    for token in (tokens["access_token"], tokens["refresh_token"]):
        with counting(database) as introspection:
            assert (await any_rp.introspect(token))["active"] is True
        assert introspection.verbs == {"SELECT": 1}
    with counting(database) as userinfo:
        assert (await any_rp.userinfo(tokens["access_token"])).status_code == 200
    assert userinfo.verbs == {"SELECT": 1}
    with counting(database) as nothing:
        refused = await any_rp.refresh(tokens["refresh_token"][:-4] + "AAAA")
        assert refused.json()["error"] == "invalid_grant"
        await any_rp.redeem(tokens["refresh_token"])
        for path in ("/jwks", "/.well-known/openid-configuration", "/live"):
            assert (await any_browser.http.get(path)).status_code == 200
    assert nothing.texts == []


class _Witness:
    """An ASGI application that asks another connection what is committed at the moment the answer begins to leave."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self.seen: list[tuple[int, str, int]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                async with self._provider.wiring.database.reading() as db:
                    row = (await db.execute(select(grants.c.state, grants.c.generation))).one()
                self.seen.append((message["status"], row.state, row.generation))
            await send(message)

        await self._provider.app(scope, receive, watched)


async def test_the_change_is_committed_before_the_answer_leaves(any_rp: RelyingParty, any_browser: Browser) -> None:
    """When the first byte goes out, everybody else sees the code spent, the token rotated, the grant revoked."""
    code = (await any_rp.sign_in(any_browser)).query["code"]
    witness = _Witness(any_rp.provider)
    auth = (any_rp.client.id, any_rp.client.secret)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(witness), base_url=any_rp.provider.issuer, auth=auth
    ) as http:
        body: dict[str, Any] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": any_rp.client.redirect_uri,
            "code_verifier": any_rp.verifier,
        }
        tokens = (await http.post("/token", data=body)).json()
        await http.post("/token", data={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})
        await http.post("/token", data=body)  # a replay: a refusal that changes something
    assert witness.seen == [(200, "active", 1), (200, "active", 2), (400, "revoked", 2)]


async def test_the_code_is_committed_before_the_browser_is_sent_away(
    any_rp: RelyingParty, any_browser: Browser
) -> None:
    """The same on the pages' side: a redirect with a code never overtakes its grant."""
    await any_rp.sign_in(any_browser)
    any_rp.provider.clock.advance(seconds=1)
    witness = _Witness(any_rp.provider)
    async with any_rp.provider.wiring.database.writing() as db:
        await db.execute(grants.delete())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(witness),
        base_url=any_rp.provider.issuer,
        cookies=any_browser.http.cookies,
        headers={"user-agent": FIREFOX},
    ) as http:
        answer = await http.get(any_rp.authorization_url())
    assert "code=" in answer.headers["location"]
    assert witness.seen == [(303, "code", 0)]
