"""kill -9 at every commit of what people do: the old state is there or the new one, and the step can be done again."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path

import httpx
import pytest

from tests.failures.test_kill import free_port, prepared, served
from tests.support.browser import Browser
from tests.support.clock import RunningClock
from tests.support.journeys import JOURNEYS, Journey, Person
from tests.support.provider import Provider

_MOST_COMMITS = 8
_A_STEP_OF_OTP = 60  # seconds on either side of the real time, so that no code is asked for twice


def _move_clock(provider: Provider, seconds: int) -> None:
    """To so long after the real time."""
    assert isinstance(provider.clock, RunningClock)
    provider.clock.stand_beside(seconds)


@asynccontextmanager
async def _over_the_network(browser: Browser) -> AsyncIterator[None]:
    """The same person at the same page, who talks to the process that will die."""
    near = browser.http
    async with httpx.AsyncClient(base_url=browser.base_url, headers=near.headers, cookies=near.cookies) as far:
        browser.http = far
        try:
            yield
        finally:
            browser.http = near


async def _is_cut_off(journey: Journey, person: Person, process: asyncio.subprocess.Process) -> bool:
    """Whether the process died of the step. A step that went well has fewer commits."""
    _move_clock(person.provider, 0)
    try:
        async with _over_the_network(person.browser):
            page = await journey.step(person)
    except httpx.TransportError:
        assert await process.wait() == -signal.SIGKILL
        return True
    assert page.status in {0, 200}
    assert not page.has_error, page.text
    return False


async def _times_on_record(journey: Journey, person: Person) -> int:
    account = await person.found()
    assert account is not None
    return len(await person.provider.events(account_id=account.id, event=journey.event))


@pytest.mark.requirement("RX-03", "RX-04", "RX-08")
@pytest.mark.parametrize("journey", JOURNEYS.values(), ids=JOURNEYS.keys())
async def test_killed_at_every_commit(database_url: str, tmp_path: Path, journey: Journey) -> None:
    """Before and after: everything of the step is there or nothing, and whoever repeats it gets what they wanted.

    It is on record as often as it was done: once.
    """
    port = free_port()
    async with prepared(database_url, tmp_path, port) as (provider, rp):
        for number, moment in product(range(1, _MOST_COMMITS), ("before", "after")):
            digits = f"{moment == 'after':d}{number:04}"
            _move_clock(provider, -_A_STEP_OF_OTP)
            async with Browser(provider.app, base_url=provider.issuer) as browser:
                address = f"{moment}{number}@example.cz"
                person = Person(provider, rp, browser, address, f"+4206011{digits}", f"+4206021{digits}")
                await journey.before(person)
                async with served(database_url, tmp_path, port, f"{moment}:{number}") as process:
                    is_cut_off = await _is_cut_off(journey, person, process)
                _move_clock(provider, _A_STEP_OF_OTP)
                if not await journey.is_done(person):
                    assert is_cut_off
                    await journey.again(person)
                assert await journey.is_done(person)
                assert await _times_on_record(journey, person) == 1
            if not is_cut_off:
                assert number > 1  # it has been cut off at the commits before this one
                return
    raise AssertionError(f"the step has more than {_MOST_COMMITS} commits")
