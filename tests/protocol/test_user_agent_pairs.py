"""The table of User-Agent pairs: who passes as the same browser, and who does not."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from idp.protocol.user_agent_binding import BindingMode, bind, is_same_browser, read_user_agent

_TABLE: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("user_agent_pairs.yaml").read_text(encoding="utf-8"))
_AGENTS: dict[str, str] = _TABLE["agents"]


def header(name: str, version: object) -> str:
    """The agent's header in one version."""
    pattern = _AGENTS[name]
    if pattern.startswith("repeat "):
        _, length, repeated = pattern.split(" ", 2)
        pattern = (repeated * int(length))[: int(length)]
    return pattern.replace("{}", str(version))


def headers_of(spelled: str) -> str:
    """The header that `chrome windows 124` stands for."""
    if spelled in _AGENTS:
        return header(spelled, "")
    name, version = spelled.rsplit(" ", 1)
    return header(name, version.strip('"'))


def updates() -> list[tuple[str, str, str]]:
    """Every step from one version to the next, and the long one from the first to the last."""
    found = []
    for name, versions in _TABLE["updates"].items():
        steps = [*pairwise(versions), (versions[0], versions[-1])]
        found += [(f"{name} {old} {new}", header(name, old), header(name, new)) for old, new in dict.fromkeys(steps)]
    return found


def listed(kind: str) -> list[tuple[str, str, str]]:
    """The pairs that the table spells out."""
    return [(f"{old} / {new}", headers_of(old), headers_of(new)) for old, new in _TABLE[kind]]


def rows(*pairs: tuple[str, str, str]) -> list[Any]:
    """The pairs as pytest wants them, each with its name."""
    return [pytest.param(old, new, id=name) for name, old, new in pairs]


def passes(old: str, new: str, mode: BindingMode = BindingMode.STABLE) -> bool:
    """Whether a session begun with one header goes on with the other."""
    return is_same_browser(bind(mode, read_user_agent(old)), read_user_agent(new))


@pytest.mark.requirement("RT-14")
@pytest.mark.parametrize(("old", "new"), rows(*updates(), *listed("same")))
def test_an_honest_browser_stays_itself(old: str, new: str) -> None:
    """An update of the browser or of its system logs nobody out."""
    assert passes(old, new)


@pytest.mark.requirement("RT-14")
@pytest.mark.parametrize(("old", "new"), rows(*updates()))
def test_a_version_never_goes_back(old: str, new: str) -> None:
    """An older version of the same browser is another browser, unless the header has no room to tell them apart."""
    agents = read_user_agent(old), read_user_agent(new)
    versions = [agent.version for agent in agents if agent]
    assert passes(new, old) == (versions[0] == versions[1])


@pytest.mark.requirement("RT-13", "RT-14")
@pytest.mark.parametrize(("old", "new"), rows(*listed("changed")))
def test_another_browser_is_stopped(old: str, new: str) -> None:
    """Another browser, platform or device, a machine, or garbage does not go on with a session."""
    assert not passes(old, new)


@pytest.mark.parametrize(("old", "new"), rows(*updates(), *listed("changed")))
def test_exact_accepts_the_same_string_alone(old: str, new: str) -> None:
    """In the mode `exact` every difference is a change."""
    assert not passes(old, new, BindingMode.EXACT)


@pytest.mark.parametrize("mode", [BindingMode.OFF, BindingMode.UNBOUND])
@pytest.mark.parametrize(("old", "new"), rows(*listed("changed")))
def test_unchecked_modes_accept_everything(old: str, new: str, mode: BindingMode) -> None:
    """`off` and `unbound` stop nobody."""
    assert passes(old, new, mode)


@pytest.mark.requirement("RT-14")
def test_the_table_is_large_enough() -> None:
    """There are at least 220 different pairs, and at least 100 on each side."""
    same, changed = {*updates(), *listed("same")}, {*listed("changed")}
    assert len(same) >= 100
    assert len(changed) >= 100
    assert len(same) + len(changed) >= 220


def test_every_agent_of_the_table_is_used() -> None:
    """No header stands in the table for nothing."""
    used = {
        " ".join(spelled.split(" ")[: len(name.split(" "))])
        for name in _AGENTS
        for pair in _TABLE["same"] + _TABLE["changed"]
        for spelled in pair
    }
    assert _AGENTS.keys() <= used | _TABLE["updates"].keys()
