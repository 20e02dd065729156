"""What the API is told by its environment (`API_…`), read once at start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self


class ConfigurationError(Exception):
    """A sentence that says which variable is wrong and what to do."""


@dataclass(frozen=True)
class Configuration:
    """The defaults are those of `make run`. `url` is also the audience that tokens must name."""

    issuer: str = "http://localhost:8000"
    url: str = "http://127.0.0.1:8090"
    client_id: str = "example-api"
    client_secret: str = field(default="", repr=False)
    step_up_acr: str = "urn:idp:acr:otp"
    step_up_max_age: int = 300

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises `ConfigurationError`."""
        path = Path(environment.get("API_CLIENT_SECRET_FILE") or "var/secrets/example-api")
        try:
            secret = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"The client secret could not be read from {path}: set API_CLIENT_SECRET_FILE to a file that holds it."
            ) from error
        return cls(
            issuer=environment.get("API_ISSUER", cls.issuer).rstrip("/"),
            url=environment.get("API_URL", cls.url).rstrip("/"),
            client_id=environment.get("API_CLIENT_ID", cls.client_id),
            client_secret=secret,
            step_up_acr=environment.get("API_STEP_UP_ACR", cls.step_up_acr),
        )
