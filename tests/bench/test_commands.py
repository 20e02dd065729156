"""`make bench` and the other measurements ask for what the commands understand."""

import shlex
import subprocess

import click
import pytest

from bench import __main__ as benchmark
from bench import flood, profile, soak
from bench.scale import __main__ as scale
from tests.docs.documents import ROOT


def _asked(*arguments: str) -> tuple[str, list[str]]:
    """The module that a task runs, and its options, without running it."""
    done = subprocess.run(["make", "--dry-run", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    words = next(shlex.split(line) for line in done.stdout.splitlines() if " -m bench" in line)
    return words[words.index("-m") + 1], words[words.index("-m") + 2 :]


@pytest.mark.parametrize(
    ("task", "module", "command"),
    [
        pytest.param("bench", "bench", benchmark.main, id="bench"),
        pytest.param("profile", "bench.profile", profile.main, id="profile"),
    ],
)
def test_a_task_names_a_scenario_and_passes_options_on(task: str, module: str, command: click.Command) -> None:
    """SCENARIO and ARGS reach the command, which knows all of them; without them it has its defaults."""
    found, options = _asked(task, "SCENARIO=userinfo", "ARGS=--database sqlite --connections 16")
    assert found == module
    parsed = command.make_context(task, options).params
    assert (parsed["database"], int(parsed["connections"])) == ("sqlite", 16)
    assert "userinfo" in (parsed.get("names") or [parsed.get("name")])
    assert _asked(task) == (module, [])


def test_the_measurement_at_scale_takes_its_options() -> None:
    """As the document has them."""
    found, options = _asked("bench-scale", "ARGS=--grants 10000 --refreshes 2000")
    assert found == "bench.scale"
    parsed = scale.main.make_context("bench-scale", options).params
    assert (parsed["grants"], parsed["refreshes"]) == ("10000", 2000)


def test_the_soak_takes_its_options() -> None:
    """As the document has them; an hour without them."""
    found, options = _asked("bench-soak", "ARGS=--database sqlite --minutes 5")
    assert found == "bench.soak"
    assert soak.main.make_context("bench-soak", options).params == {"database": "sqlite", "minutes": 5.0}
    assert soak.main.make_context("bench-soak", []).params["minutes"] == 60


def test_the_flood_takes_its_options() -> None:
    """On SQLite for some seconds; on PostgreSQL for a minute without them."""
    found, options = _asked("bench-flood", "ARGS=--database sqlite --seconds 5")
    assert found == "bench.flood"
    assert flood.main.make_context("bench-flood", options).params == {"database": "sqlite", "seconds": 5.0}
    assert flood.main.make_context("bench-flood", []).params == {"database": "postgresql", "seconds": 60.0}
