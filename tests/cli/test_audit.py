"""`idp audit …` as an operator types it."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from click.testing import CliRunner

from idp.audit.events import Event
from idp.audit.record import Origin
from idp.audit.token_events import TokenEvents
from idp.cli import main
from idp.database.engine import Database
from tests.cli.conftest import Run
from tests.support.clock import MovableClock


def test_the_log_is_listed_exported_and_verified(idp: Run, idp_json: Callable[..., Any]) -> None:
    """What a command did stands in the log, under the name of who typed it; a fresh log is intact."""
    created = idp_json("accounts", "create", "--email", "ada@example.com")
    idp("accounts", "lock", "ada@example.com")
    listed = idp_json("audit", "list", "--account", "ada@example.com", "--event", "account_locked")
    assert [(each["event"], each["account_id"]) for each in listed] == [("account_locked", created["account_id"])]
    assert listed[0]["actor"].startswith("cli:")
    lines = [json.loads(line) for line in idp("audit", "export").output.splitlines()]
    assert {"account_created", "account_locked"} <= {line["event"] for line in lines}
    assert [line["seq"] for line in lines] == sorted((line["seq"] for line in lines), reverse=True)
    assert "intact" in idp("audit", "verify").output
    assert "There is no account" in idp("audit", "list", "--account", "nobody", exit_code=1).stderr


async def test_rows_that_stand_for_many_say_how_many(environment: dict[str, str], sqlite_database: Database) -> None:
    """In the list a number; in JSON the details."""
    clock = MovableClock()
    events = TokenEvents(sqlite_database, clock)
    for grant, times in (("g-1", 12), ("g-2", 1)):
        for _ in range(times):
            events.note(
                Event.TOKENS_REFRESHED,
                origin=Origin("192.0.2.7", "curl/8.5", None, "r-1", "shop", clock.now()),
                grant_type="refresh_token",
                client_id="shop",
                grant_id=grant,
                account_id=None,
                session_id=None,
            )
    await events.flush()
    command = ["audit", "list", "--event", "tokens_refreshed"]
    listed = (await asyncio.to_thread(CliRunner().invoke, main, command)).output
    assert listed.count("tokens_refreshed") == 2
    assert listed.count("tokens_refreshed ×12") == 1
    told = json.loads((await asyncio.to_thread(CliRunner().invoke, main, [*command, "--json"])).stdout)
    assert {each["details"]["grant"]: each["details"]["count"] for each in told} == {"g-1": 12, "g-2": 1}
