"""Other people's clients look at the machine's clock, so here the provider's clock begins at this moment."""

from pathlib import Path

import pytest

from idp.clock import SystemClock
from tests.relying_parties.node_script import install_scripts
from tests.support.clock import MovableClock


@pytest.fixture
def clock() -> MovableClock:
    """Stands at the moment of the test's start."""
    return MovableClock(SystemClock().now())


@pytest.fixture(scope="session")
def installed(node_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scripts and exactly the packages of the lock file."""
    folder = tmp_path_factory.mktemp("openid-client")
    install_scripts(node_path, folder)
    return folder
