"""`idp messages`: what became of the mails, SMS and logout notices."""

import click

from idp.administration import messages as administration
from idp.administration.accounts import get_account
from idp.administration.messages import MessageView
from idp.cli.answer import Answer, lines, moment, operator_command, table
from idp.cli.installation import open_installation

_SHOWN_OF_ANSWER = 60


@click.group()
def command() -> None:
    """Follow mails, SMS and logout notices: where each stands, what was answered. No code or link is ever shown."""


@command.command("list")
@click.option("--account", help="Only those of one account: its id, login email or login name.")
@click.option("--state", type=click.Choice(["queued", "sending", "sent", "failed", "expired"]), help="Only these.")
@click.option("--channel", type=click.Choice(["mail", "sms", "logout"]), help="Only these.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many.")
@operator_command
async def list_messages(account: str | None, state: str | None, channel: str | None, limit: int) -> Answer:
    """Show the newest messages."""
    async with open_installation() as installation, installation.database.reading() as db:
        account_id = (await get_account(db, account)).id if account else None
        found = await administration.list_messages(db, account_id=account_id, state=state, channel=channel, limit=limit)
    rows = [_row(message) for message in found]
    header = ("id", "written", "channel", "kind", "to", "state", "tries", "answer")
    return Answer([message.to_json() for message in found], table(header, rows))


@command.command("show")
@click.argument("message_id")
@operator_command
async def show(message_id: str) -> Answer:
    """Show one message's fate."""
    async with open_installation() as installation, installation.database.reading() as db:
        message = await administration.get_message(db, message_id)
    return Answer(message.to_json(), lines([(name, _shown(name, value)) for name, value in message.to_json().items()]))


@command.command("retry")
@click.argument("message_id")
@operator_command
async def retry(message_id: str) -> Answer:
    """Queue a failed message again, as long as what it says still holds."""
    async with open_installation() as installation:
        origin = installation.origin()
        async with installation.database.writing() as db:
            message = await administration.retry_message(db, message_id, origin=origin)
    text = f"The message {message_id} to {message.recipient} is queued; a running process sends it within seconds."
    return Answer(message.to_json(), text)


def _row(message: MessageView) -> tuple[str, ...]:
    answer = message.answer or ""
    shortened = answer if len(answer) <= _SHOWN_OF_ANSWER else f"{answer[: _SHOWN_OF_ANSWER - 1]}…"
    return (
        message.id,
        moment(message.created_at),
        message.channel,
        message.kind,
        message.recipient,
        message.state,
        str(message.attempts),
        shortened,
    )


def _shown(name: str, value: str | int | None) -> str:
    if value is None:
        return ""
    return moment(int(value)) if name.endswith("_at") else str(value)
