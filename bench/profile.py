"""`make profile`: a flame graph of this provider under one scenario's load, drawn by py-spy.

The bars say where the time of the server's process goes, by Python's stack; what waits is left out.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from bench.load import begin, finish, run
from bench.machine import choose_cores, cpu_seconds, staying_on
from bench.node import LOAD, install
from bench.scenarios import CONNECTIONS, DATABASES, SCENARIOS, Round, Scenario
from bench.servers.ours import Ours, ours_alone

_BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
_SAMPLES_A_SECOND = 200
_LEAD = 2.0  # seconds of load around what is recorded
_PREWARM_SECONDS = 4.0


@click.command()
@click.option("--scenario", "name", default="refresh", show_default=True, type=click.Choice(list(_BY_NAME)))
@click.option("--database", default="postgresql", show_default=True, type=click.Choice(DATABASES))
@click.option("--connections", default=CONNECTIONS[-1], show_default=True, type=click.IntRange(1, 64))
@click.option("--seconds", default=10.0, show_default=True, type=click.FloatRange(1))
@click.option("--directory", default="var", show_default=True, type=click.Path(file_okay=False, path_type=Path))
def main(name: str, database: str, *, connections: int, seconds: float, directory: Path) -> None:
    """Draw where the time goes under one scenario's load."""
    if shutil.which(_recorder()) is None:
        sys.exit("py-spy is not installed: make profile installs it.")
    install(LOAD)
    directory.mkdir(parents=True, exist_ok=True)
    picture = directory / f"profile-{name}-{database}.svg"
    cores = choose_cores()
    with (
        staying_on(cores.load),
        tempfile.TemporaryDirectory(prefix="idp-profile-") as work,
        ours_alone(database, Path(work), cores.server) as server,
    ):
        rate = record(server, _BY_NAME[name], connections, seconds=seconds, picture=picture)
    print(f"{picture}: {rate:.0f} operations a second while it was recorded")


def record(server: Ours, scenario: Scenario, connections: int, *, seconds: float, picture: Path) -> float:
    """Draws the server under load; operations a second. Raises `BadRun`, and `RuntimeError` with py-spy's complaint."""

    def turn(length: float) -> Round:
        return Round(server, scenario.algorithms[0], connections, length)

    run(server, scenario.plan(turn(_PREWARM_SECONDS)))
    plan = scenario.plan(turn(seconds + 2 * _LEAD))
    before = cpu_seconds(server.pid)
    load = begin(server, plan)
    command = [
        _recorder(),
        "record",
        "--pid",
        str(server.pid),
        "--output",
        str(picture),
        "--duration",
        f"{seconds:.0f}",
    ]
    done = subprocess.run(  # noqa: S603
        [*command, "--rate", str(_SAMPLES_A_SECOND), "--nonblocking"], capture_output=True, text=True, check=False
    )
    sample = finish(server, load, before)
    if done.returncode:
        raise RuntimeError(f"py-spy could not record (it needs root, or CAP_SYS_PTRACE): {done.stderr.strip()}")
    return sample.rate


def _recorder() -> str:
    return str(Path(sys.executable).with_name("py-spy"))


if __name__ == "__main__":
    main()
