"""The fixtures of browser journeys: the world of one test, one Chromium per module, and whoever sits at it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from idp.clock import SystemClock
from tests.journeys.surroundings import World, around
from tests.support.chromium import Examiner, Person, open_chromium, person_at
from tests.support.clock import MovableClock
from tests.support.live import LiveProvider

# The portal looks at the machine's clock; the provider's begins a little earlier, so that a test may move it on.
_HEAD_START = 300

# For variants of a journey: both languages and both kinds of browser, but not each with each.
TWICE = pytest.mark.parametrize(("locale", "scripts"), [("en", True), ("cs", False)], ids=["en", "cs-noscript"])

People = Callable[..., Person]
Opener = Callable[..., AbstractContextManager[Person]]


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(SystemClock().now() - _HEAD_START)


@pytest.fixture(scope="module")
def chromium(chromium_path: Path) -> Iterator[Browser]:
    """Closed with the module: while it is open, no async test can run in this process."""
    with open_chromium(chromium_path) as browser:
        yield browser


@pytest.fixture(scope="session")
def examiner() -> Examiner:
    """Remembers which page states were looked at."""
    return Examiner()


@pytest.fixture
def world(live_provider: LiveProvider, request: pytest.FixtureRequest) -> Iterator[World]:
    """Provider, portal and API. The account speaks the language of the journey."""
    locale = request.getfixturevalue("locale") if "locale" in request.fixturenames else "en"
    with around(live_provider, locale=locale) as found:
        yield found


@pytest.fixture
def people(chromium: Browser, examiner: Examiner) -> Iterator[People]:
    """Opens browsers for this test: `people(locale="cs", scripts=False)`."""
    with ExitStack() as stack:
        opener: Opener = partial(person_at, chromium, examiner)
        yield lambda **profile: stack.enter_context(opener(**profile))


@pytest.fixture(params=["en", "cs"])
def locale(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(params=[True, False], ids=["scripts", "noscript"])
def scripts(request: pytest.FixtureRequest) -> bool:
    found: bool = request.param
    return found


@pytest.fixture
def person(people: People, locale: str, scripts: bool) -> Person:
    """The journey is made four times: English and Czech, with JavaScript and without (`TWICE`: one each)."""
    return people(locale=locale, scripts=scripts)
