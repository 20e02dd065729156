"""Other people's clients look at the machine's clock, so here the provider's clock begins at this moment."""

import pytest

from idp.clock import SystemClock
from tests.support.clock import MovableClock


@pytest.fixture
def clock() -> MovableClock:
    """Stands at the moment of the test's start."""
    return MovableClock(SystemClock().now())
