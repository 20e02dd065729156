"""`idp keys`: the provider's signing keys, and new master keys."""

import click

from idp.administration.keys import (
    list_signing_keys,
    longest_token_lifetime,
    replace_encryption_key,
    rotate_keys,
    rotates_at,
)
from idp.cli.answer import Answer, moment, operator_command, table
from idp.cli.installation import open_installation
from idp.keys.algorithms import ALGORITHMS
from idp.keys.encryption.rotation import ensure_encryption_key
from idp.keys.rotation import ensure_keys
from idp.protocol.request_encryption import KEY_ALGORITHM
from idp.sealing import MasterKeys
from idp.subjects.store import ensure_pairwise_key


@click.group()
def command() -> None:
    """List and rotate the keys that sign tokens."""


@command.command("list")
@click.option("--retired", is_flag=True, help="Show keys that are no longer published, too.")
@operator_command
async def list_keys(retired: bool) -> Answer:
    """Show every key: what signs now, what will, and what still verifies."""
    async with open_installation() as installation:
        keys = await list_signing_keys(installation.database, with_retired=retired)
        period = installation.settings.key_rotation
    data = [
        {
            "kid": key.kid,
            "alg": key.alg,
            "state": key.state.value,
            "created_at": key.created_at,
            "signs_from": key.signs_from,
            "published_until": key.published_until,
            "rotates_at": rotates_at(key, period),
        }
        for key in keys
    ]
    rows = [
        (
            *(key.alg, key.state.value, key.kid, moment(key.created_at)),
            *(moment(rotates_at(key, period)), moment(key.published_until)),
        )
        for key in keys
    ]
    return Answer(data, table(("alg", "state", "kid", "created", "rotates", "published until"), rows))


@command.command("rotate")
@click.option("--alg", type=click.Choice(ALGORITHMS), multiple=True, help="Only this algorithm; all without it.")
@click.option("--force", is_flag=True, help="Even if applications may not know the next key yet.")
@click.option("--compromised", is_flag=True, help="Rotate now, and end every token that the old key signed.")
@operator_command
async def rotate(alg: tuple[str, ...], force: bool, compromised: bool) -> Answer:
    """Sign with the next key from now on, and publish a new one to follow it."""
    async with open_installation() as installation:
        rotations = await rotate_keys(
            installation.database,
            installation.master_keys,
            alg or ALGORITHMS,
            longest_token_lifetime=0 if compromised else longest_token_lifetime(installation.settings),
            origin=installation.origin(),
            force=force or compromised,
        )
    data = [
        {"alg": each.alg, "rotated": each.rotated, "current_kid": each.current_kid, "next_kid": each.next_kid}
        for each in rotations
    ]
    text = "\n".join(
        f"{each.alg}: {each.current_kid} signs now."
        if each.rotated
        else f"{each.alg}: somebody else has just rotated it; {each.current_kid} signs now."
        for each in rotations
    )
    return Answer(data, text)


@command.command("rotate-encryption")
@operator_command
async def rotate_encryption() -> Answer:
    """Publish a new key that requests are encrypted to; the old one opens them for another day."""
    async with open_installation() as installation:
        key = await replace_encryption_key(
            installation.database, installation.master_keys, origin=installation.origin()
        )
    return Answer({"kid": key.kid}, f"{key.kid} is published now.")


@command.command("ensure")
@operator_command
async def ensure() -> Answer:
    """Make the keys that are missing."""
    async with open_installation() as installation:
        now = installation.clock.now()
        made = await ensure_keys(installation.database, installation.master_keys, now=now)
        await ensure_pairwise_key(installation.database, installation.master_keys, now=now)
        encrypting = await ensure_encryption_key(installation.database, installation.master_keys, now=now)
    data = [{"kid": key.kid, "alg": key.alg, "state": key.state.value} for key in made]
    if encrypting is not None:
        data.append({"kid": encrypting.kid, "alg": KEY_ALGORITHM, "state": encrypting.state.value})
    return Answer(data, f"{len(data)} keys were made." if data else "Nothing to do: no key is missing.")


@command.command("new-master")
@operator_command
async def new_master() -> Answer:
    """Print a new value for IDP_MASTER_KEY; nothing is changed."""
    key = MasterKeys.generate()
    return Answer({"master_key": key}, key)
