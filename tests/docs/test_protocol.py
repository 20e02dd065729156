"""`docs/protocol.md`, compared with discovery, settings, client metadata and the test tree, both ways."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from idp.clients.metadata import parse_client_metadata
from idp.endpoints.discovery import provider_metadata
from idp.settings import Settings
from tests.docs.documents import ROOT
from tests.support.clock import MovableClock
from tests.support.provider import running_provider, test_settings

DOCUMENT = ROOT / "docs" / "protocol.md"
# What has to be switched on for discovery to show all that there is.
EVERYTHING: Mapping[str, Any] = {
    "client_certificate_header": "Client-Cert",
    "client_certificate_verified_header": "X-Client-Verify",
    "mtls_url": "https://mtls.login.example.com",
    "authorization_details_types": '{"domain": {"actions": ["read"]}}',
    "session_management": True,
    "client_registration": "open",
}

_NAME = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Line:
    """One specification."""

    specification: str
    state: str
    switches: tuple[str, ...]
    members: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def is_offered(self) -> bool:
        return not self.state.startswith("not offered")


def lines() -> Iterator[Line]:
    for text in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in text.strip("|").split("|")]
        if text.startswith("| ") and len(cells) == 5 and cells[0] != "Specification":
            switches, members, tests = (tuple(_NAME.findall(cell)) for cell in cells[2:])
            yield Line(cells[0], cells[1], switches, members, tests)


LINES = list(lines())


async def test_discovery_and_the_table_name_the_same_members(
    sqlite_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    """Nothing is advertised without its specification, and no line promises what discovery does not show."""
    settings = test_settings(sqlite_url, tmp_path / "var", **EVERYTHING)
    async with running_provider(settings, clock) as provider:
        advertised = set(provider_metadata(provider.wiring))
    named = {member for line in LINES for member in line.members}
    assert named - advertised == set()
    assert advertised - named == set()


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.specification)
def test_every_line_has_its_switch_and_its_tests(line: Line) -> None:
    """A switch is a setting or a member of client metadata; a test is a file with tests, or a folder of such files."""
    assert line.state
    assert bool(line.tests) is line.is_offered
    for path in line.tests:
        files = [ROOT / path] if path.endswith(".py") else list((ROOT / path).rglob("test_*.py"))
        assert files, path
        assert all("def test_" in file.read_text(encoding="utf-8") for file in files), path
    settings = {f"IDP_{name.upper()}" for name in Settings.model_fields}
    assert set(line.switches) - settings - metadata_members() == set()


def metadata_members() -> set[str]:
    """Every member that the registration of a client reads."""

    class Recording(dict[str, Any]):
        def get(self, name: str, default: Any = None) -> Any:
            read.add(name)
            return super().get(name, default)

    read: set[str] = set()
    parse_client_metadata("app", Recording(redirect_uris=["https://app.example/cb"]))
    return read
