"""`idp doctor`: what is wrong with this installation, and how to mend it."""

import os

import click

from idp.administration.doctor import Level, examine, worst_of
from idp.cli.answer import Answer, operator_command
from idp.cli.installation import open_installation

_MARKS = {Level.OK: "ok      ", Level.WARNING: "warning ", Level.PROBLEM: "PROBLEM "}


@click.command()
@operator_command
async def command() -> Answer:
    """Name each problem of this installation, and its fix."""
    async with open_installation(migrated=False) as installation:
        findings = await examine(
            installation.settings, installation.database, environment=os.environ, now=installation.clock.now
        )
    data = [{"name": each.name, "level": each.level.value, "text": each.text, "fix": each.fix} for each in findings]
    text = "\n".join(
        f"{_MARKS[each.level]} {each.name}: {each.text}" + (f"\n          {each.fix}" if each.fix else "")
        for each in findings
    )
    return Answer(data, text, exit_code=1 if worst_of(findings) is Level.PROBLEM else 0)
