"""What the portal is told by its environment (`PORTAL_…`), read once at start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit


class ConfigurationError(Exception):
    """A sentence that says which variable is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """Addresses without a slash at the end; the defaults are those of `make run`."""

    issuer: str = "http://localhost:8000"
    url: str = "http://127.0.0.1:8080"
    api_url: str = "http://127.0.0.1:8090"
    brand: str = "Keygate"
    sign_in_button: str = ""
    scope: str = "openid profile email phone api.read"
    client_id: str = "portal"
    client_secret: str = field(default="", repr=False)
    partner_client_id: str = "demo-partner"
    partner_client_secret: str = field(default="", repr=False)
    partner_scope: str = "openid profile email"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises `ConfigurationError`. Secrets come from files, so that no process list and no `env` shows them."""
        plain = {
            name: environment[f"PORTAL_{name.upper()}"]
            for name in ("brand", "sign_in_button", "scope", "client_id", "partner_client_id", "partner_scope")
            if environment.get(f"PORTAL_{name.upper()}")
        }
        addresses = {
            name: _address(f"PORTAL_{name.upper()}", environment)
            for name in ("issuer", "url", "api_url")
            if environment.get(f"PORTAL_{name.upper()}")
        }
        return cls(
            **plain,
            **addresses,
            client_secret=_secret("PORTAL_CLIENT_SECRET_FILE", "var/secrets/portal", environment),
            partner_client_secret=_secret("PORTAL_PARTNER_SECRET_FILE", "var/secrets/demo-partner", environment),
        )

    @property
    def has_tls(self) -> bool:
        """Whether browsers reach the portal over https: its cookie is then `__Host-` and `Secure`."""
        return self.url.startswith("https:")


def _address(name: str, environment: Mapping[str, str]) -> str:
    address = environment[name].rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(f"{name} must be an address such as https://portal.example.com.")
    return address


def _secret(name: str, default: str, environment: Mapping[str, str]) -> str:
    path = Path(environment.get(name) or default)
    try:
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The client secret could not be read from {path}: set {name} to a file that holds it."
        ) from error
    if not secret:
        raise ConfigurationError(f"{path} is empty: write the client secret into it.")
    return secret
