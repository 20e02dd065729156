"""`idp migrate`: brings the database to the schema of this version."""

import click

from idp.administration.migrate import migrate
from idp.cli.answer import Answer, operator_command
from idp.cli.installation import open_installation


@click.command()
@operator_command
async def command() -> Answer:
    """Bring the database to the schema of this version."""
    async with open_installation(migrated=False) as installation:
        done = await migrate(installation.database)
    text = f"Nothing to do: the schema is at {done.after}."
    if done.before != done.after:
        text = f"The schema is at {done.after} now (before: {done.before or 'empty'})."
    return Answer({"before": done.before, "after": done.after}, text)
