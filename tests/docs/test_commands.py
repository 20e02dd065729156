"""Every command in the documents is real: make targets exist, `idp` lines run against a scratch installation."""

import re
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from idp.administration import demo
from idp.cli import main
from idp.sealing import MasterKeys
from idp.settings import Settings
from tests.docs.documents import DOCUMENTS, ROOT, Command, blocks_of, commands_of, name_of
from tests.support.live import LiveProvider

# What the documents may ask a reader to run, besides `make` and `idp`.
_KNOWN_PROGRAMS = {"curl", "export", "make", "idp", "pg_dump", "python", "python3", "sqlite3"}
# These run for ever, or need a provider that runs: their options are checked, and `token` has a test of its own.
_NOT_RUN = {"serve", "dev", "token"}
_CASE = "K7F3-9QXM"  # of a case that exists nowhere: options are checked here, and `tests/cli/test_cases.py` runs them
_TOO_YOUNG = "may not know the next"  # `keys rotate` minutes after the keys were made


def _commands(document: Path) -> list[Command]:
    return [command for block in blocks_of(document) if block.language == "sh" for command in commands_of(block)]


ALL = [command for document in DOCUMENTS for command in _commands(document)]
WITH_IDP = [document for document in DOCUMENTS if any(command.program == "idp" for command in _commands(document))]


@pytest.mark.parametrize("command", ALL, ids=lambda command: command.place)
def test_every_command_is_of_a_known_program(command: Command) -> None:
    """And what `make` or `idp` is asked for exists, with all its options and arguments."""
    assert command.program in _KNOWN_PROGRAMS, command.words
    if command.program == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert command.words[1] in targets
    if command.program == "idp":
        _parse(main, list(command.words[1:]))
    if command.program == "export":
        names = {word.partition("=")[0] for word in command.words[1:] if re.match(r"\w+=", word)}
        assert {name.removeprefix("IDP_").lower() for name in names} <= Settings.model_fields.keys()


def _parse(command: click.Command, arguments: list[str]) -> None:
    """Reads the arguments as click would, without running anything; raises click's own complaint."""
    if isinstance(command, click.Group) and not arguments[0].startswith("-"):
        chosen = command.get_command(click.Context(command), arguments[0])
        assert chosen is not None, arguments[0]
        return _parse(chosen, arguments[1:])
    if "--help" not in arguments:
        command.make_context(command.name or "idp", arguments).close()
    return None


def test_exports_are_settings_that_work_together() -> None:
    """What the README exports for production is a valid set of settings."""
    exported = {
        name.removeprefix("IDP_").lower(): value
        for command in _commands(ROOT / "README.md")
        if command.program == "export"
        for name, _, value in (word.partition("=") for word in command.words[1:])
        if value
    }
    settings = Settings(**{**exported, "master_key": MasterKeys.generate()})  # type: ignore[arg-type]
    assert settings.has_tls
    assert settings.mail_from
    assert settings.trusted_proxies


@pytest.fixture
def scratch(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of its own, with the repository's `clients.yaml`, in an otherwise empty directory."""
    shutil.copy(ROOT / "clients.yaml", tmp_path)
    (tmp_path / "password.txt").write_text("an unusual sentence of 2026\n", encoding="utf-8")
    for name, value in {
        "IDP_ISSUER": "https://login.example.com",
        "IDP_DATABASE_URL": sqlite_url,
        "IDP_MASTER_KEY": MasterKeys.generate(),
        "IDP_VAR_DIRECTORY": str(tmp_path / "var"),
        "IDP_SMTP_HOST": "mail.example.com",
        "IDP_MAIL_FROM": "login@example.com",
        "IDP_SMS_URL": "https://sms.example.com/send",
        "IDP_TRUSTED_PROXIES": "10.0.0.0/8",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("document", WITH_IDP, ids=name_of)
def test_the_commands_of_a_document_run_one_after_another(document: Path, scratch: Path) -> None:
    """As a reader would type them, from a migrated database on; each ends with exit code 0."""
    if name_of(document) == "docs/operations.md":  # which speaks of accounts that exist
        _run("accounts", "create", "--email", "jana@example.com")
    for command in _commands(document):
        if command.program != "idp" or command.words[1] in _NOT_RUN or _CASE in command.words:
            continue
        typed = (scratch / command.typed).read_text(encoding="utf-8") if command.typed else None
        code, output = _run(*command.words[1:], typed=typed)
        is_young = command.words[1:3] == ("keys", "rotate") and _TOO_YOUNG in output
        assert code == 0 or is_young or command.words[1] == "doctor", f"{command.place}: {output}"


def _run(*arguments: str, typed: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments, input=typed, prog_name="idp")
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    return result.exit_code, result.output


@pytest.mark.parametrize(
    "command", [each for each in _commands(ROOT / "README.md") if "token" in each.words], ids=lambda each: each.place
)
def test_the_token_commands_of_the_readme_show_what_they_promise(
    command: Command, live_provider: LiveProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against a running provider: decoded tokens, and with `--change-user-agent` the refusal."""
    live_provider.run(live_provider.provider.account(demo.DEMO_EMAIL, password=demo.DEMO_PASSWORD))
    live_provider.client(
        "token-command",
        application_type="native",
        redirect_uris=["http://127.0.0.1/callback"],
        token_endpoint_auth_method="none",
    )
    monkeypatch.setenv("IDP_MODE", "development")
    monkeypatch.setenv("IDP_ISSUER", live_provider.issuer)
    code, output = _run(*command.words[1:])
    assert code == 0, output
    assert '"acr": "urn:idp:acr:pwd"' in output
    assert ("the browser (User-Agent) was changed" in output) == ("--change-user-agent" in command.words)
