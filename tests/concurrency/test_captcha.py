"""What was solved counts once, however many send it at once, at whichever node."""

import asyncio
from contextlib import AsyncExitStack
from itertools import cycle, islice

import pytest

from idp.captcha import store
from idp.captcha.table import spent_challenges
from idp.database.engine import Database
from idp.database.sweeping import sweep_batch
from tests.concurrency.conftest import Nodes
from tests.support.browser import Browser
from tests.support.captcha import solved
from tests.support.clock import MovableClock
from tests.support.provider import PASSWORD
from tests.support.queries import count_rows

TWENTY = 20
FILLED_IN = {
    "given_name": "Eva",
    "family_name": "Nová",
    "phone": "+420601999888",
    "password": PASSWORD,
    "agree": "1",
}


@pytest.mark.requirement("PW-17", "RM-02")
@pytest.mark.parametrize("scripts", [True, False], ids=["solved", "waited"])
async def test_one_proof_registers_one_account(nodes: Nodes, scripts: bool) -> None:
    """One browser sends twenty registrations with one answer, or one waiting token, to two nodes: one is taken."""
    provider = nodes[0].provider
    async with AsyncExitStack() as stack:
        browsers = [await stack.enter_async_context(Browser(rp.provider.app)) for rp in nodes]
        await browsers[0].open(nodes[0].authorization_url(prompt="create"))
        browsers[1].set_cookie("device", browsers[0].http.cookies["device"])
        form = browsers[0].form("email")
        proof = {"captcha": form_answer(browsers[0])} if scripts else {}
        provider.clock.advance(seconds=20)
        pages = await asyncio.gather(
            *(
                browser.post(form.action, form.fields | proof | FILLED_IN | {"email": f"eva{number}@wedos.cz"})
                for number, browser in enumerate(islice(cycle(browsers), TWENTY))
            )
        )
    assert sum(page.path == "/verify/email" for page in pages) == 1
    assert sum(page.path == "/register" for page in pages) == TWENTY - 1
    assert await count_rows(provider.wiring.database, spent_challenges) == 1
    assert (await provider.events()).count("registration") == 1


@pytest.mark.requirement("PW-17")
async def test_the_store_lets_one_of_twenty_spend(database: Database, clock: MovableClock) -> None:
    """The INSERT itself decides."""

    async def spend() -> bool:
        async with database.writing() as db:
            return await store.spend(db, "d" * 43, expires_at=clock.now() + 600)

    assert sorted(await asyncio.gather(*(spend() for _ in range(TWENTY)))) == [False] * (TWENTY - 1) + [True]


async def test_what_has_expired_is_swept(database: Database, clock: MovableClock) -> None:
    """And nothing before that, or it could be spent again."""
    async with database.writing() as db:
        for number in range(3):
            await store.spend(db, f"late{number}", expires_at=clock.now())
        await store.spend(db, "live", expires_at=clock.now() + 1)
        assert (await sweep_batch(db, store.SWEEP, clock.now(), limit=2)).deleted == 2
        assert (await sweep_batch(db, store.SWEEP, clock.now(), limit=2)).deleted == 1
        assert await store.is_spent(db, "live")


def form_answer(browser: Browser) -> str:
    assert browser.page is not None
    return solved(browser.page)["captcha"]
