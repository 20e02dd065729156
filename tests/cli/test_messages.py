"""`idp messages …` as an operator types it."""

from collections.abc import Callable
from typing import Any

from tests.cli.conftest import Run


def test_messages_are_listed_and_shown(idp: Run, idp_json: Callable[..., Any]) -> None:
    """The mail of a lock: its recipient masked, its state as a column and as JSON."""
    idp("accounts", "create", "--email", "ada@example.com", "--email-verified")
    assert idp_json("messages", "list") == []
    idp("accounts", "lock", "ada@example.com")
    (message,) = idp_json("messages", "list", "--account", "ada@example.com", "--state", "queued", "--channel", "mail")
    assert (message["kind"], message["recipient"], message["attempts"]) == ("account_locked", "ad…@ex….com", 0)
    output = idp("messages", "list").output
    assert "account_locked" in output
    assert "ada@example.com" not in output
    assert idp_json("messages", "show", message["id"]) == message
    assert "UTC" in idp("messages", "show", message["id"]).output
    assert "is being tried" in idp("messages", "retry", message["id"], exit_code=1).stderr


def test_what_cannot_be_shown_is_said(idp: Run) -> None:
    """An unknown message or account is one sentence; an unknown state is wrong usage."""
    assert "There is no message" in idp("messages", "show", "nothing", exit_code=1).stderr
    assert "There is no account" in idp("messages", "list", "--account", "nobody", exit_code=1).stderr
    idp("messages", "list", "--state", "lost", exit_code=2)
