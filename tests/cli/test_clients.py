"""`idp clients …` as an operator types it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run


def test_plan_apply_plan(idp: Run, environment: dict[str, str]) -> None:
    """Plan, apply, and a second time nothing; the generated secret is printed once."""
    assert "+ shop  create" in idp("clients", "plan").output
    assert "client_secret" in idp("clients", "apply").output
    assert "client_secret" not in idp("clients", "apply").output
    assert "unchanged" in idp("clients", "plan").output

    file = Path(environment["IDP_CLIENTS_FILE"])
    file.write_text(file.read_text().replace("Shop", "Store"))
    assert "client_name: 'Shop' → 'Store'" in idp("clients", "plan").output
    file.write_text("clients:\n")
    assert "- shop  disable" in idp("clients", "apply").output


def test_wrong_file_changes_nothing(idp: Run, idp_json: Callable[..., Any], environment: dict[str, str]) -> None:
    """File, line, what is wrong; exit code 1."""
    file = Path(environment["IDP_CLIENTS_FILE"])
    file.write_text(file.read_text() + "    first_party: maybe\n")

    result = idp("clients", "apply", exit_code=1)
    assert result.stderr == f"{file}:5: shop: first_party must be true or false\n"
    assert idp_json("clients", "list") == []
    assert idp_json("clients", "plan", exit_code=1)["error"].startswith(f"{file}:5:")


def test_drift_ends_with_exit_code_1(idp: Run, idp_json: Callable[..., Any]) -> None:
    """What was changed elsewhere is named and left; --force overwrites it."""
    idp("clients", "apply")
    idp("clients", "disable", "shop")

    assert "! shop  drift: it was disabled elsewhere" in idp("clients", "apply", exit_code=1).output
    assert idp_json("clients", "show", "shop")["status"] == "disabled"
    idp("clients", "apply", "--force")
    assert idp_json("clients", "show", "shop")["status"] == "active"


@pytest.mark.requirement("OC-31", "TK-27")
def test_tokens_that_let_programs_register(idp: Run, idp_json: Callable[..., Any]) -> None:
    """Made for one use and a day unless told otherwise, shown once, listed without their text, revoked."""
    output = idp("clients", "registration-token", "add").output
    assert "initial access token" in output
    assert "IDP_CLIENT_REGISTRATION" in output
    made = idp_json("clients", "registration-token", "add", "--note", "Demo", "--uses", "0", "--hours", "2")
    assert len(made["token"]) >= 43
    listed = {each["id"]: each for each in idp_json("clients", "registration-token", "list")}
    assert sorted((each["note"], each["uses"]) for each in listed.values()) == [("", 1), ("Demo", None)]
    assert made["token"] not in idp("clients", "registration-token", "list").output
    idp("clients", "registration-token", "revoke", made["id"])
    assert made["id"] not in {each["id"] for each in idp_json("clients", "registration-token", "list")}
    assert "There is no token" in idp("clients", "registration-token", "revoke", made["id"], exit_code=1).stderr
    assert "characters" in idp("clients", "registration-token", "add", "--note", "x" * 201, exit_code=1).stderr


def test_add_says_what_to_configure(idp: Run, idp_json: Callable[..., Any]) -> None:
    """client_id, the secret once, the issuer and the redirect URI; `show` has no secret any more."""
    output = idp(
        "clients", "add", "--name", "Wiki", "--type", "web", "--redirect-uri", "https://wiki.example.com/cb",
        "--scope", "openid email", "--first-party", "--id", "wiki",
    ).output  # fmt: skip
    for words in ("client_id", "wiki", "client_secret", "https://login.example.com", "https://wiki.example.com/cb",
                  ".well-known/openid-configuration", "PKCE", "user_agent"):  # fmt: skip
        assert words in output
    shown = idp_json("clients", "show", "wiki")
    assert shown["metadata"] == {
        "client_name": "Wiki",
        "application_type": "web",
        "redirect_uris": ["https://wiki.example.com/cb"],
        "scope": "openid email",
        "first_party": True,
    }
    assert shown["secrets"] == [{"expires_at": None}]
    assert [each["client_id"] for each in idp_json("clients", "list")] == ["wiki"]


@pytest.mark.parametrize("kind", ["spa", "native"])
def test_public_clients_get_no_secret(idp_json: Callable[..., Any], kind: str) -> None:
    """An application that can keep no secret is given none."""
    added = idp_json("clients", "add", "--name", "A", "--type", kind, "--redirect-uri", "https://a.example.com/cb")
    assert "client_secret" not in added


def test_service_needs_no_redirect_uri(idp: Run) -> None:
    """A service is told how it gets its tokens."""
    assert "grant_type=client_credentials" in idp("clients", "add", "--name", "Job", "--type", "service").output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--type", "web"), "redirect_uris"),
        (("--type", "web", "--redirect-uri", "http://example.com/cb"), "redirect_uris"),
        (("--type", "web", "--redirect-uri", "https://example.com/*"), "wildcard"),
        (("--type", "spa", "--redirect-uri", "https://example.com/cb", "--id", "acc_1"), "client_id"),
    ],
)
def test_wrong_clients_are_refused(idp: Run, arguments: tuple[str, ...], words: str) -> None:
    """One sentence on standard error, exit code 1."""
    result = idp("clients", "add", "--name", "A", *arguments, exit_code=1)
    assert words in result.stderr
    assert result.stdout == ""


def test_wrong_usage_is_exit_code_2(idp: Run) -> None:
    """A missing or unknown option is click's to explain."""
    idp("clients", "add", "--type", "web", exit_code=2)
    idp("clients", "add", "--name", "A", "--type", "wbe", exit_code=2)
    idp("clients", "show", exit_code=2)
    idp("nonsense", exit_code=2)


def test_secret_rotates(idp: Run, idp_json: Callable[..., Any]) -> None:
    """A new secret, and the old one's last moment."""
    idp("clients", "apply")
    rotated = idp_json("clients", "rotate-secret", "shop", "--overlap", "2")
    secrets = idp_json("clients", "show", "shop")["secrets"]

    assert len(rotated["client_secret"]) == 43
    assert {each["expires_at"] for each in secrets} == {None, rotated["old_secret_expires_at"]}
    assert "valid until" in idp("clients", "rotate-secret", "shop").output


def test_unknown_client_is_refused(idp: Run) -> None:
    """Every command that names a client says when there is none."""
    for command in ("show", "disable", "enable", "rotate-secret"):
        assert "There is no client" in idp("clients", command, "none", exit_code=1).stderr
