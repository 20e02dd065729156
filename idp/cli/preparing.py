"""What is done before anybody serves: everything is checked, and the keys that are missing are made.

`python -m idp.cli.preparing` is a program of its own, so that what it loads goes with it. Its answer on standard output
is what a supervisor has to know of the settings; what is wrong stands on standard error.
"""

import asyncio
import json
from pathlib import Path

import click

from idp.administration.installation_mode import refuse_development_database
from idp.cli.answer import exit_with_sentence
from idp.cli.environment import read_settings
from idp.cli.installation import open_installation
from idp.cli.serving_checks import checked_wiring, read_tls, refuse_unsafe
from idp.keys.encryption.rotation import ensure_encryption_key
from idp.keys.rotation import ensure_keys
from idp.subjects.store import ensure_pairwise_key

_FILE = click.Path(path_type=Path)


@click.command()
@click.option("--tls-certificate", type=_FILE)
@click.option("--tls-key", type=_FILE)
def main(*, tls_certificate: Path | None, tls_key: Path | None) -> None:
    """Exit code 1: it cannot serve."""
    with exit_with_sentence():
        settings = read_settings()
        refuse_unsafe(settings)
        read_tls(tls_certificate, tls_key)
        asyncio.run(_prepare())
        checked_wiring(settings)  # here, so that a wrong setting is one sentence and not one of each worker
    click.echo(json.dumps({"log_level": settings.log_level, "counts_together": bool(settings.valkey_url)}))


async def _prepare() -> None:
    """The schema is checked by `open_installation`; signing keys are made if there are none."""
    async with open_installation() as installation:
        await refuse_development_database(installation.database)
        await ensure_keys(installation.database, installation.master_keys, now=installation.clock.now())
        await ensure_pairwise_key(installation.database, installation.master_keys, now=installation.clock.now())
        await ensure_encryption_key(installation.database, installation.master_keys, now=installation.clock.now())


if __name__ == "__main__":
    main()
