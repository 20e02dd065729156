"""The settings as commands read them."""

import os

from pydantic import SecretStr, ValidationError

from idp.administration.refusal import Refused
from idp.settings import Mode, Settings

# Written by `make run`, beside the database.
_DEVELOPMENT_KEY_FILE = "master.key"
_DEVELOPMENT_ISSUER = "http://localhost:8000"


def read_settings() -> Settings:
    """From the environment; in a checkout where `make run` was used and nothing else is said, the same as there.

    Raises `Refused` that names the variable.
    """
    try:
        settings = Settings()
        key_file = settings.var_directory / _DEVELOPMENT_KEY_FILE
        if settings.master_key.get_secret_value() or "IDP_MODE" in os.environ or not key_file.exists():
            return settings
        return Settings(
            mode=Mode.DEVELOPMENT,
            issuer=settings.issuer or _DEVELOPMENT_ISSUER,
            master_key=SecretStr(key_file.read_text(encoding="ascii").strip()),
        )
    except ValidationError as error:
        first = error.errors()[0]
        name = f"IDP_{str(first['loc'][0]).upper()}" if first["loc"] else "The environment"
        raise Refused(f"{name}: {first['msg'].removeprefix('Value error, ')}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"The development master key cannot be read: {error}.") from None
