"""`idp cases …` as operators type it: the same rules as at the desk, and two persons there, too."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import Run

Json = Callable[..., Any]
REASON = ("--reason", "documents checked")


@pytest.fixture
def customer(idp_json: Json) -> str:
    """A customer without OTP, and two operators."""
    for name, role in (("ada", "support"), ("carl", "approver")):
        idp_json("accounts", "create", "--email", f"{name}@desk.example", "--login-name", name, "--role", role)
    created = idp_json("accounts", "create", "--email", "luke@wedos.com", "--email-verified")
    account_id: str = created["account_id"]
    return account_id


def change_of_email(idp_json: Json, customer: str, *more: str) -> str:
    """The number of a case that asks for a new login email, with its documents."""
    opened = idp_json(
        "cases", "open", "--kind", "no_channel_left", "--contact", "luke@elsewhere.example", "--topic", "email",
        "--new-email", "new@wedos.com", "--customer", customer, *more,
    )  # fmt: skip
    number: str = opened["number"]
    idp_json("cases", "evidence", number, "signed_documents", *more)
    return number


def test_a_case_from_its_opening_to_its_hold(idp: Run, idp_json: Json, customer: str, monkeypatch: Any) -> None:
    """Open, note, evidence, two approvals by two people; each command says where the case stands."""
    monkeypatch.setenv("LOGNAME", "first")
    number = change_of_email(idp_json, customer)
    assert number in idp("cases", "list").output
    idp("cases", "note", number, "called back")
    early = idp("cases", "approve", number, *REASON)
    assert f"{number} is needs_second." in early.output
    monkeypatch.setenv("LOGNAME", "second")
    assert f"{number} is holding until" in idp("cases", "approve", number.lower(), *REASON).output
    shown = idp_json("cases", "show", number)
    assert (shown["status"], shown["hint"], shown["evidence"], shown["missing"]) == (
        "holding", "lu**@we***.c**", ["signed_documents"], [],
    )  # fmt: skip
    assert [(each["actor"], each["action"]) for each in shown["history"]] == [
        ("cli:first", "opened"), ("cli:first", "evidence"), ("cli:first", "noted"), ("cli:first", "approved"),
        ("cli:second", "approved"),
    ]  # fmt: skip
    assert "luke@wedos.com" not in idp("cases", "show", number).output
    assert "is rejected." in idp("cases", "reject", number, "--reason", "forged").output
    assert idp_json("cases", "list") == []
    assert [each["number"] for each in idp_json("cases", "list", "--status", "rejected")] == [number]
    assert "Nothing is waiting" in idp("cases", "list", "--kind", "general").output


def test_two_persons_are_two_here_too(idp: Run, idp_json: Json, customer: str, monkeypatch: Any) -> None:
    """The same user approves once, under whichever operator's account; roles are those of the account."""
    monkeypatch.setenv("LOGNAME", "first")
    number = change_of_email(idp_json, customer, "--as", "ada")
    idp("cases", "approve", number, *REASON, "--as", "ada")
    assert "a colleague" in idp("cases", "approve", number, *REASON, exit_code=1).stderr
    assert "a colleague" in idp("cases", "approve", number, *REASON, "--as", "carl", exit_code=1).stderr
    monkeypatch.setenv("LOGNAME", "second")
    assert "a colleague" in idp("cases", "approve", number, *REASON, "--as", "ada", exit_code=1).stderr
    assert "no operator" in idp("cases", "approve", number, *REASON, "--as", "luke@wedos.com", exit_code=1).stderr
    assert "is holding" in idp("cases", "approve", number, *REASON, "--as", "carl").output


def test_search_reveal_and_what_is_refused(idp: Run, idp_json: Json, customer: str) -> None:
    """A search shows the hint, a reveal wants a reason; a wrong number, a missing phone are one sentence each."""
    found = idp_json("cases", "search", "luke@wedos.com")
    assert (found["accounts"][0]["account_id"], found["accounts"][0]["hint"]) == (customer, "lu**@we***.c**")
    assert "lu**@we***.c**" in idp("cases", "search", "luke@wedos.com").output
    assert "Nothing was found" in idp("cases", "search", "nobody@wedos.com").output
    assert idp_json("cases", "reveal", customer, *REASON)["email"] == "luke@wedos.com"
    idp("cases", "reveal", customer, exit_code=2)
    assert "There is no case" in idp("cases", "show", "AAAA-BBBB", exit_code=1).stderr
    opened = idp_json("cases", "open", "--kind", "email_hint", "--contact", "x@y.example", "--service", "example.com")
    idp("cases", "assign", opened["number"], "luke@wedos.com")
    assert "no such service" in idp("cases", "hint", opened["number"], exit_code=1).stderr
    otp = idp_json("cases", "open", "--kind", "otp_deactivation", "--contact", "x@y.example", "--customer", customer)
    assert "no proven phone" in idp("cases", "send-sms", otp["number"], exit_code=1).stderr
    assert "OTP is off" not in idp("cases", "approve", otp["number"], *REASON, exit_code=1).stderr
