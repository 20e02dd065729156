"""`idp migrate`, `idp keys`, `idp doctor`, and what every command says about a broken installation."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idp.administration.migrate import newest_revision
from idp.clock import SystemClock
from idp.keys.algorithms import ALGORITHMS
from idp.sealing import MasterKeys
from tests.cli.conftest import Run


def test_help_names_every_command(idp: Run) -> None:
    """`idp --help` lists the groups with what they are for."""
    output = idp("--help").output
    for command in ("clients", "accounts", "keys", "migrate", "doctor"):
        assert command in output


def test_migrate_brings_an_empty_database_up(
    idp: Run, idp_json: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Before it every other command says what to run; a second time there is nothing to do."""
    monkeypatch.setenv("IDP_DATABASE_URL", f"sqlite:///{tmp_path / 'new' / 'idp.sqlite3'}")
    assert "run `idp migrate`" in idp("clients", "list", exit_code=1).stderr
    assert idp_json("migrate") == {"before": None, "after": newest_revision()}
    assert "Nothing to do" in idp("migrate").output
    idp("clients", "list")


def test_keys_are_made_listed_and_rotated(idp: Run, idp_json: Callable[..., Any]) -> None:
    """A fresh next key is refused with the moment it may sign; --force overrides."""
    assert len(idp_json("keys", "ensure")) == 2 * len(ALGORITHMS) + 1  # the key for request objects
    assert "no key is missing" in idp("keys", "ensure").output
    before = {(key["alg"], key["state"]): key["kid"] for key in idp_json("keys", "list")}
    rotations = {key["state"]: key["rotates_at"] for key in idp_json("keys", "list") if key["alg"] == "PS256"}
    assert rotations["next"] is None
    assert rotations["current"] > SystemClock().now() + 89 * 86400
    refusal = idp("keys", "rotate", "--alg", "ES256", exit_code=1).stderr
    assert "wait until then" in refusal
    idp("keys", "rotate", "--alg", "ES256", "--force")
    after = {(key["alg"], key["state"]): key["kid"] for key in idp_json("keys", "list")}

    assert after["ES256", "current"] == before["ES256", "next"]
    assert after["ES256", "previous"] == before["ES256", "current"]
    assert after["RS256", "current"] == before["RS256", "current"]
    idp("keys", "rotate", "--compromised")
    assert after["ES256", "current"] not in {key["kid"] for key in idp_json("keys", "list")}
    assert len(MasterKeys.from_text(idp("keys", "new-master").output).ids) == 1


def test_doctor_names_what_is_missing_and_then_nothing(
    idp: Run, idp_json: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Problems with their fixes and exit code 1; a healthy installation is exit code 0."""
    broken = idp("doctor", exit_code=1).output
    assert "idp keys ensure" in broken
    assert "idp clients plan" in broken

    idp("keys", "ensure")
    idp("clients", "apply")
    assert {finding["level"] for finding in idp_json("doctor")} == {"ok"}

    monkeypatch.setenv("IDP_MASTER_KEY", MasterKeys.generate())
    findings = {finding["name"]: finding for finding in idp_json("doctor", exit_code=1)}
    assert "not the key" in findings["signing keys"]["text"]


@pytest.mark.parametrize(
    ("variable", "value", "name"),
    [
        ("IDP_ISSUER", "", "issuer"),
        ("IDP_MASTER_KEY", "", "master key"),
        ("IDP_MASTER_KEY", "abc", "master key"),
        ("IDP_SMTP_HOST", "", "mail"),
        ("IDP_SMS_URL", "", "sms"),
        ("IDP_SMS_HEADERS", "Bearer 3f9c", "sms"),
        ("IDP_SMS_HEADERS", '{"X-Key": 7}', "sms"),
        ("IDP_SMS_SUCCESS_BODY", "ok", "sms"),
        ("IDP_CAPTCHA", "hcaptcha", "captcha"),
        ("IDP_CAPTCHA", "off", "captcha"),
        ("IDP_TRUSTED_PROXIES", "", "proxies"),
        ("IDP_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none", "database"),
        ("IDP_VAR_DIRECTORY", "pyproject.toml/var", "files"),
    ],
)
def test_doctor_names_each_setting(
    idp: Run, idp_json: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, variable: str, value: str, name: str
) -> None:
    """Each missing or wrong setting is a finding with a fix."""
    monkeypatch.setenv(variable, value)
    is_warning = name == "proxies" or value == "off"
    for command in (("keys", "ensure"), ("clients", "apply")):
        idp(*command, exit_code=1 if name in {"master key", "database"} else 0)
    finding = next(each for each in idp_json("doctor", exit_code=0 if is_warning else 1) if each["name"] == name)

    assert finding["level"] == ("warning" if is_warning else "problem")
    assert finding["fix"]


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("IDP_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none", "does not answer"),
        ("IDP_DATABASE_URL", "mysql://x", "IDP_DATABASE_URL"),
        ("IDP_DATABASE_URL", "no url", "IDP_DATABASE_URL"),
        ("IDP_ISSUER", "http://login.example.com", "IDP_ISSUER"),
        ("IDP_SMTP_PORT", "many", "IDP_SMTP_PORT"),
        ("IDP_SMS_COUNTRIES", "Czechia", "IDP_SMS_COUNTRIES"),
        ("IDP_MASTER_KEY", "", "IDP_MASTER_KEY"),
    ],
)
def test_broken_installation_is_one_sentence(
    idp: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    """No traceback: the variable that is wrong, or what does not answer."""
    monkeypatch.setenv(variable, value)
    result = idp("keys", "ensure", exit_code=1)

    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_foreign_master_key_is_one_sentence(idp: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret of another installation is not overwritten but named."""
    idp("keys", "ensure")
    monkeypatch.setenv("IDP_MASTER_KEY", "x")
    assert "IDP_MASTER_KEY" in idp("keys", "rotate", "--force", exit_code=1).stderr


def test_checkout_uses_the_development_key(
    idp: Run, idp_json: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    """After `make run`, commands in another terminal need no variables."""
    var = Path(environment["IDP_VAR_DIRECTORY"])
    var.mkdir(mode=0o700)
    (var / "master.key").write_text(environment["IDP_MASTER_KEY"] + "\n")
    for name in ("IDP_MASTER_KEY", "IDP_MODE", "IDP_ISSUER"):
        monkeypatch.delenv(name)

    idp("keys", "ensure")
    findings = {finding["name"]: finding for finding in idp_json("doctor")}
    assert findings["issuer"]["text"] == "http://localhost:8000"
