"""Runs `idp` commands against a database of the test's own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from idp.cli import main
from idp.sealing import MasterKeys

Run = Callable[..., Result]


@pytest.fixture
def environment(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A complete installation: variables, a clients file, a writable directory."""
    (tmp_path / "clients.yaml").write_text(
        "clients:\n  shop:\n    client_name: Shop\n    redirect_uris: [https://shop.example.com/cb]\n"
    )
    variables = {
        "IDP_MODE": "production",
        "IDP_ISSUER": "https://login.example.com",
        "IDP_DATABASE_URL": sqlite_url,
        "IDP_MASTER_KEY": MasterKeys.generate(),
        "IDP_CLIENTS_FILE": str(tmp_path / "clients.yaml"),
        "IDP_VAR_DIRECTORY": str(tmp_path / "var"),
        "IDP_SMTP_HOST": "mail.example.com",
        "IDP_MAIL_FROM": "login@example.com",
        "IDP_SMS_URL": "https://sms.example.com/send",
        "IDP_TRUSTED_PROXIES": "10.0.0.0/8",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def idp(environment: dict[str, str]) -> Run:
    """`idp("clients", "list", exit_code=0)`: checks the exit code and that no traceback is shown."""

    def run(*arguments: str, exit_code: int = 0, typed: str | None = None) -> Result:
        result = CliRunner().invoke(main, arguments, input=typed, prog_name="idp")
        unexpected = result.exception if not isinstance(result.exception, SystemExit) else None
        assert unexpected is None, repr(unexpected)
        assert result.exit_code == exit_code, result.output
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def idp_json(idp: Run) -> Callable[..., Any]:
    """The same with `--json`, parsed."""

    def run(*arguments: str, exit_code: int = 0, typed: str | None = None) -> Any:
        return json.loads(idp(*arguments, "--json", exit_code=exit_code, typed=typed).stdout)

    return run
