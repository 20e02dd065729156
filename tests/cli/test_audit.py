"""`idp audit …` as an operator types it."""

import json
from collections.abc import Callable
from typing import Any

from tests.cli.conftest import Run


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
