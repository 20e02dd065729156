"""`idp accounts …` as an operator types it."""

from collections.abc import Callable
from typing import Any

from tests.cli.conftest import Run


def test_account_from_creation_to_lock(idp: Run, idp_json: Callable[..., Any]) -> None:
    """Create, show, lock, unlock, end sessions: each says what it did."""
    created = idp_json(
        "accounts", "create", "--email", "Ada@Example.com", "--name", "Ada", "--email-verified", "--role", "support"
    )
    shown = idp_json("accounts", "show", "ada@example.com")
    assert shown["account_id"] == created["account_id"]
    assert (shown["roles"], shown["otp"], shown["status"]) == (["support"], False, "active")
    assert len(created["password"]) == 20

    assert "approver, support" in idp("accounts", "set-roles", "ada@example.com", "approver", "support").output
    assert idp_json("accounts", "show", "ada@example.com")["roles"] == ["approver", "support"]
    assert "no operator" in idp("accounts", "set-roles", "ada@example.com").output
    assert idp_json("accounts", "show", "ada@example.com")["roles"] == []

    assert "is locked; 0 sessions ended" in idp("accounts", "lock", created["account_id"], "--reason", "test").output
    assert "test" in idp("accounts", "show", "ada@example.com").output
    assert "locked or closed" in idp("accounts", "lock", "ada@example.com", exit_code=1).stderr
    assert "may sign in again" in idp("accounts", "unlock", "ada@example.com").output
    assert "0 sessions ended" in idp("accounts", "end-sessions", "ada@example.com").output


def test_passwords_come_from_standard_input(idp: Run, idp_json: Callable[..., Any]) -> None:
    """A typed password is checked and never shown; a generated one is shown once."""
    idp("accounts", "create", "--email", "a@example.com", "--password-stdin", typed="Heron-Quilt-77-Bravo\n")
    weak = idp("accounts", "set-password", "a@example.com", "--password-stdin", typed="password1234\n", exit_code=1)
    assert "choose another" in weak.stderr
    none = idp("accounts", "set-password", "a@example.com", "--password-stdin", typed="", exit_code=1)
    assert "no password" in none.stderr
    typed = idp("accounts", "set-password", "a@example.com", "--password-stdin", typed="Sparse-Lantern-31-Otter\n")
    assert "Lantern" not in typed.output
    assert "password" in idp_json("accounts", "set-password", "a@example.com")


def test_impossible_accounts_are_refused(idp: Run) -> None:
    """One sentence on standard error, exit code 1; no --email is wrong usage."""
    assert "not an email" in idp("accounts", "create", "--email", "x", exit_code=1).stderr
    assert "There is no account" in idp("accounts", "show", "nobody", exit_code=1).stderr
    idp("accounts", "create", exit_code=2)
