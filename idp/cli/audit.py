"""`idp audit`: what happened, and whether anybody has changed the record of it."""

import json
from dataclasses import asdict

import click

from idp.administration.accounts import get_account
from idp.administration.audit_log import seal_all
from idp.audit.events import TOKEN_EVENTS
from idp.audit.seals import verify_seals
from idp.audit.store import AuditEvent, list_events
from idp.cli.answer import Answer, moment, operator_command, table
from idp.cli.installation import open_installation

_PAGE = 500


@click.group()
def command() -> None:
    """Read, export and verify the audit log."""


@command.command("list")
@click.option("--account", help="Only what concerns this account: an id, a login email or a login name.")
@click.option("--event", help="Only events of this name, such as login_failed.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@operator_command
async def list_command(account: str | None, event: str | None, limit: int) -> Answer:
    """Show the newest events first."""
    async with open_installation() as installation, installation.database.reading() as db:
        account_id = (await get_account(db, account)).id if account else None
        events = await list_events(db, account_id=account_id, event=event, limit=limit)
    rows = [
        (moment(each.at), _name(each), each.outcome, each.account_id or "", each.actor, each.address or "")
        for each in events
    ]
    return Answer(
        [_data(each) for each in events], table(("when", "event", "outcome", "account", "actor", "from"), rows)
    )


@command.command("export")
@operator_command
async def export() -> Answer:
    """Print every event as a line of JSON, the newest first."""
    lines: list[str] = []
    async with open_installation() as installation, installation.database.reading() as db:
        before: int | None = None
        while page := await list_events(db, before=before, limit=_PAGE):
            lines += [json.dumps(_data(each), ensure_ascii=False) for each in page]
            before = page[-1].seq
    return Answer([json.loads(line) for line in lines], "\n".join(lines))


@command.command("verify")
@operator_command
async def verify() -> Answer:
    """Check that no event was changed or removed since it was sealed, a minute after it happened."""
    async with open_installation() as installation:
        keys, now = installation.master_keys, installation.clock.now()
        async with installation.database.reading() as db:
            verdict = await verify_seals(db, keys)
        if verdict.broken is None:
            await seal_all(installation.database, keys, now)
    data = {
        "intact_to": verdict.intact_to,
        "fingerprint": verdict.fingerprint,
        "broken": [verdict.broken.after + 1, verdict.broken.up_to] if verdict.broken else None,
    }
    if verdict.broken is not None:
        span = f"{verdict.broken.after + 1} to {verdict.broken.up_to}"
        return Answer(data, f"The log was changed: events {span} are not what was sealed.", exit_code=1)
    return Answer(data, f"The log is intact to event {verdict.intact_to} (fingerprint {verdict.fingerprint}).")


def _name(event: AuditEvent) -> str:
    """With the number of those that one row stands for."""
    count = event.details.get("count", 1)
    return f"{event.event} ×{count}" if event.event in TOKEN_EVENTS and count > 1 else event.event


def _data(event: AuditEvent) -> dict[str, object]:
    return {**asdict(event), "details": dict(event.details)}
