"""`idp clients registration-token`: who may register clients over the network (RFC 7591 §1.2)."""

from datetime import timedelta

import click

from idp.administration.dynamic_clients import make_initial_token, revoke_initial_token
from idp.administration.refusal import Refused
from idp.cli.answer import Answer, lines, moment, operator_command, table
from idp.cli.installation import open_installation
from idp.clients import initial_tokens
from idp.settings import ClientRegistration


@click.group("registration-token")
def command() -> None:
    """Let programs register applications themselves, with a token that you hand out."""


@command.command("add")
@click.option("--note", default="", help="Whom it is for; shown in the list.")
@click.option("--uses", type=click.IntRange(min=0, max=1_000_000), default=1, help="0: any number. One without it.")
@click.option("--hours", type=click.IntRange(min=1, max=24 * 366), default=24, help="How long it is good for.")
@operator_command
async def add(note: str, uses: int, hours: int) -> Answer:
    """Print an initial access token, once."""
    if len(note) > 200 or not (note.isprintable() or note == ""):
        raise Refused("A note has at most 200 printable characters.")
    async with open_installation() as installation:
        origin = installation.origin()
        lifetime = int(timedelta(hours=hours).total_seconds())
        async with installation.database.writing() as db:
            made, token = await make_initial_token(db, note=note, uses=uses or None, lifetime=lifetime, origin=origin)
        is_off = installation.settings.client_registration is ClientRegistration.OFF
    data = {"id": made.id, "token": token, "uses": made.uses_left, "expires_at": made.expires_at}
    text = lines(
        [
            ("id", made.id),
            ("initial access token", f"{token}   (shown this once)"),
            ("uses", _uses(made.uses_left)),
            ("good until", moment(made.expires_at)),
        ]
    )
    if is_off:
        text += "\nRegistration is off: set IDP_CLIENT_REGISTRATION to token."
    return Answer(data, text)


@command.command("list")
@operator_command
async def list_tokens() -> Answer:
    """Show the tokens that still open something. Their texts cannot be shown: only digests are stored."""
    async with open_installation() as installation, installation.database.reading() as db:
        tokens = await initial_tokens.list_good(db, now=installation.clock.now())
    data = [
        {"id": each.id, "note": each.note, "uses": each.uses_left, "expires_at": each.expires_at} for each in tokens
    ]
    rows = [(each.id, each.note, _uses(each.uses_left), moment(each.expires_at)) for each in tokens]
    return Answer(data, table(("id", "note", "uses", "good until"), rows))


# Ids are base64url: one in 64 begins with a dash, and is no option.
@command.command("revoke", context_settings={"ignore_unknown_options": True})
@click.argument("token_id")
@operator_command
async def revoke(token_id: str) -> Answer:
    """End one token. Clients that were registered with it stay."""
    async with open_installation() as installation:
        origin = installation.origin()
        async with installation.database.writing() as db:
            if not await revoke_initial_token(db, token_id, origin=origin):
                raise Refused(f"There is no token {token_id!r}: `idp clients registration-token list` shows all.")
    return Answer({"id": token_id, "revoked": True}, f"{token_id} opens nothing any more.")


def _uses(left: int | None) -> str:
    return "any number" if left is None else str(left)
