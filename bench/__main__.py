"""`make bench`: this provider and npm `oidc-provider`, doing the same work on one core each."""

import sys
import tempfile
from pathlib import Path

import click

from bench.benchmark import Wanted, run_benchmark
from bench.findings import FINDINGS
from bench.load import BadRun
from bench.measure import Effort
from bench.record import keep
from bench.scenarios import CONNECTIONS, DATABASES, SCENARIOS

_NAMES = [*(scenario.name for scenario in SCENARIOS), *FINDINGS]


@click.command()
@click.option("--scenario", "names", multiple=True, type=click.Choice(_NAMES), help="Only this one; may be repeated.")
@click.option("--database", type=click.Choice(DATABASES), help="Only this one.")
@click.option("--connections", type=click.Choice([str(number) for number in CONNECTIONS]), help="Only so many.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1))
@click.option("--seconds", default=5.0, show_default=True, type=click.FloatRange(0.5), help="Of each round.")
@click.option("--quick", is_flag=True, help="Two rounds of two seconds: to try it out, not for the record.")
@click.option(
    "--directory", type=click.Path(file_okay=False, path_type=Path), help="Where SQLite's files lie for the run."
)
def main(  # noqa: PLR0913 - one for each option
    *,
    names: tuple[str, ...],
    database: str | None,
    connections: str | None,
    rounds: int,
    seconds: float,
    quick: bool,
    directory: Path | None,
) -> None:
    """Measure this provider against npm oidc-provider, and print a table."""
    wanted = Wanted(
        scenarios=tuple(scenario for scenario in SCENARIOS if not names or scenario.name in names),
        databases=(database,) if database else DATABASES,
        findings=tuple(name for name in FINDINGS if not names or name in names),
        connections=(int(connections),) if connections else CONNECTIONS,
        effort=Effort(2, 2.0) if quick else Effort(rounds, seconds),
    )
    try:
        with tempfile.TemporaryDirectory(prefix="idp-bench-", dir=directory) as work:
            result = run_benchmark(wanted, Path(work))
    except BadRun as error:
        sys.exit(f"This run counts for nothing: {error}")
    print(result.text())
    if result.is_for_the_record:
        print(f"\nWritten: {keep(result.to_json(), result.made_at)}")
    sys.exit(1 if result.fails else 0)


if __name__ == "__main__":
    main()
