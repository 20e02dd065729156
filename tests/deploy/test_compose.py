"""`docker-compose.yml`, `Dockerfile` and Caddyfile against what they name: commands, files, settings, services.

No container engine runs in the tests; what can be wrong without one is checked here.
"""

import importlib.util
import re
import shlex
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from examples.api.configuration import Configuration as ApiConfiguration
from examples.portal.configuration import Configuration as PortalConfiguration
from idp.administration.clients_file import read_clients_file
from idp.cli import main
from idp.settings import Mode, Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "idp"}
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
CADDYFILE = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
MASTER_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


def _environment(service: str) -> dict[str, str]:
    """The variables of a service, as Compose would fill them in from `.env`."""
    given = {"IDP_MASTER_KEY": MASTER_KEY, "POSTGRES_PASSWORD": "0123456789abcdef"}
    variables = SERVICES[service].get("environment", {})
    return {
        name: re.sub(r"\$\{(\w+):\?[^}]*\}", lambda found: given[found[1]], value) for name, value in variables.items()
    }


def _command_lines(command: list[str]) -> Iterator[list[str]]:
    """A command, or the parts of a `sh -c` line."""
    if command[:2] != ["sh", "-c"]:
        yield command
        return
    for line in re.split(r"&&|;", command[2]):
        yield shlex.split(line)


def _assert_runs(words: list[str]) -> None:
    """A line names an `idp` command with options it has, a module of ours, or a file that is in the image."""
    if words[0] == "idp":
        command: click.Command | None = main
        rest = words[1:]
        while isinstance(command, click.Group):
            _, command, rest = command.resolve_command(click.Context(command), rest)
        assert command is not None
        command.make_context(command.name, list(rest))  # raises for an option that it does not have
    elif words[:2] == ["python", "-m"]:
        assert importlib.util.find_spec(f"{words[2]}.__main__") is not None
    elif words[:2] == ["python", "-c"]:
        compile(words[2], "<healthcheck>", "exec")
    else:
        assert words[0] == "python"
        assert (ROOT / words[1]).is_file()


@pytest.mark.parametrize("service", OURS)
def test_every_command_of_our_image_exists(service: str) -> None:
    """Each command line and health check names something that is there, with options that it takes."""
    for line in _command_lines(SERVICES[service]["command"]):
        _assert_runs(line)
    check = SERVICES[service].get("healthcheck", {}).get("test")
    if check:
        assert check[0] == "CMD"
        _assert_runs(check[1:])


@pytest.mark.parametrize("instruction", ["CMD", "HEALTHCHECK"])
def test_the_image_runs_a_real_command(instruction: str) -> None:
    """The Dockerfile's own command and health check, likewise."""
    found = re.search(rf"^{instruction}\b[^\[]*(\[.*\])", DOCKERFILE, re.MULTILINE)
    assert found
    _assert_runs(yaml.safe_load(found[1]))


def test_the_providers_are_two_alike_with_a_check_of_readiness() -> None:
    """They differ in nothing, and are healthy when /ready says so."""
    assert SERVICES["idp-1"] == SERVICES["idp-2"]
    assert "/ready" in SERVICES["idp-1"]["healthcheck"]["test"][-1]


@pytest.mark.parametrize("service", ["idp-1", "setup"])
def test_every_variable_of_a_provider_is_a_setting_and_valid(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No misspelt IDP_ variable, and the settings accept the values."""
    environment = _environment(service)
    known = {f"IDP_{name.upper()}" for name in Settings.model_fields}
    assert {name for name in environment if name.startswith("IDP_")} <= known
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.mode, settings.issuer) == (Mode.PRODUCTION, "https://login.localhost")
    assert (ROOT / settings.clients_file).is_file()


def test_the_relying_parties_are_configured_with_variables_they_read(tmp_path: Path) -> None:
    """The portal and the API start with the environment that they are given."""
    secret = tmp_path / "secret"
    secret.write_text("s" * 43)
    environments = {
        name: {key: str(secret) if key.endswith("_FILE") else value for key, value in _environment(name).items()}
        for name in ("portal", "api")
    }
    portal = PortalConfiguration.from_environment(environments["portal"])
    assert (portal.issuer, portal.url) == ("https://login.localhost", "https://portal.localhost")
    api = ApiConfiguration.from_environment(environments["api"])
    assert (api.issuer, api.url) == ("https://login.localhost", portal.api_url)
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "examples").rglob("*.py"))
    for name in (*environments["portal"], *environments["api"]):
        field = name.partition("_")[2].lower()
        assert name in sources or name == "SSL_CERT_FILE" or f'"{field}"' in sources, name


def test_the_declared_clients_are_valid_and_fit_the_services() -> None:
    """deploy/clients.yaml is accepted as it stands; its addresses and secret files are those of the services."""
    clients = {client.client_id: client for client in read_clients_file(ROOT / "deploy" / "clients.yaml")}
    files = {client_id: str(client.secret.file) for client_id, client in clients.items() if client.secret}
    assert files["portal"] == _environment("portal")["PORTAL_CLIENT_SECRET_FILE"]
    assert files["demo-partner"] == _environment("portal")["PORTAL_PARTNER_SECRET_FILE"]
    assert files["example-api"] == _environment("api")["API_CLIENT_SECRET_FILE"]
    portal_url = _environment("portal")["PORTAL_URL"]
    for client_id in ("portal", "demo-partner"):
        for uri in clients[client_id].metadata["redirect_uris"]:
            assert uri.startswith(f"{portal_url}/")


def test_every_name_that_services_use_is_defined() -> None:
    """Volumes, networks, dependencies and their conditions, mounted files, and hosts in addresses."""
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).is_file() if source.startswith("./") else source in COMPOSE["volumes"], source
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"])
        for name, wait in service.get("depends_on", {}).items():
            expected = {"service_healthy": "healthcheck", "service_completed_successfully": "restart"}
            member = expected.get(wait["condition"])
            assert member is None or member in SERVICES[name], f"{name} has no {member}"
            if member == "restart":
                assert SERVICES[name]["restart"] == "no"
    environment = _environment("idp-1")
    for host in (environment["IDP_SMTP_HOST"], "postgresql", "valkey"):
        assert host in SERVICES
    assert "@postgresql/" in environment["IDP_DATABASE_URL"]
    assert environment["IDP_VALKEY_URL"].startswith("valkey://valkey:")


def test_the_proxy_has_the_issuers_name_inside_and_outside_and_is_the_only_one_believed() -> None:
    """Browsers and containers reach one issuer; X-Forwarded-For counts from the proxy's fixed address alone."""
    network = SERVICES["caddy"]["networks"]["inside"]
    hosts = set(re.findall(r"^([\w.-]+\.localhost) \{$", CADDYFILE, re.MULTILINE))
    assert set(network["aliases"]) == hosts == {"login.localhost", "portal.localhost", "api.localhost"}
    assert network["ipv4_address"] == _environment("idp-1")["IDP_TRUSTED_PROXIES"]
    for name, service in SERVICES.items():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), f"{name} listens beyond this machine"


def test_the_caddyfile_is_balanced_and_names_services() -> None:
    """Braces match, indentation is tabs (as `caddy fmt` writes it), upstreams are services at their own ports."""
    depth = 0
    for line in CADDYFILE.splitlines():
        text = line.split("#")[0].strip()
        depth -= text == "}"
        assert depth >= 0
        assert not text or len(line) - len(line.lstrip("\t")) == depth, line
        depth += text.endswith("{")
    assert depth == 0
    upstreams = dict(part.split(":") for part in re.findall(r"(?<=\s)[\w-]+:\d+", CADDYFILE))
    assert upstreams == {"idp-1": "8000", "idp-2": "8000", "portal": "8080", "api": "8090"}
    assert _environment("portal")["PORTAL_BIND"].endswith(":8080")
    assert _environment("api")["API_BIND"].endswith(":8090")
    assert SERVICES["idp-1"]["command"][-1] == "8000"


@pytest.mark.requirement("CF-09")
def test_our_containers_have_no_privileges() -> None:
    """Not root, a read-only file system, no capabilities, no way to gain any; no secret in the files."""
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)
    for service in OURS.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert re.findall(r"(?:PASSWORD|MASTER_KEY): (?!\$\{)\S+", text) == []


def test_the_image_is_built_from_the_lock_and_copies_only_what_exists() -> None:
    """Hashes are required, and every COPY source is in the repository and let through by .dockerignore."""
    assert "--require-hashes --requirement requirements.lock" in DOCKERFILE
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert source.removeprefix("./") in kept, source


def test_the_mail_catchers_certificate_is_accepted_by_a_client_that_trusts_it(tmp_path: Path) -> None:
    """A TLS handshake with host name check succeeds; a second run keeps the pair."""
    command = [sys.executable, str(ROOT / "deploy" / "mail_certificate.py"), str(tmp_path), "mailpit"]
    subprocess.run(command, check=True)
    certificate = tmp_path / "mailpit.crt"
    first = certificate.read_bytes()
    subprocess.run(command, check=True)
    assert certificate.read_bytes() == first

    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(certificate, tmp_path / "mailpit.key")
    client_context = ssl.create_default_context(cafile=str(certificate))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    client = client_context.wrap_bio(to_client, to_server, server_hostname="mailpit")
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert client.version() in {"TLSv1.2", "TLSv1.3"}
