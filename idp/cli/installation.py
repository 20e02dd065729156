"""The installation that a command works on: its settings, its database, and who is at the keyboard."""

import getpass
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import SecretStr, ValidationError

from idp.administration.migrate import find_revision, newest_revision
from idp.administration.refusal import Refused
from idp.audit.record import Origin
from idp.clock import Clock, SystemClock
from idp.credentials.password_hashing import PasswordHasher
from idp.database.engine import Database
from idp.outbound.client import OutboundClient
from idp.sealing import MasterKeys
from idp.settings import Mode, Settings
from idp.wiring import master_keys_of, outbound_of

# Written by `make run`, beside the database.
_DEVELOPMENT_KEY_FILE = "master.key"
_DEVELOPMENT_ISSUER = "http://localhost:8000"


@dataclass(frozen=True, slots=True)
class Installation:
    """What the commands share for their short life."""

    settings: Settings
    database: Database
    clock: Clock

    @property
    def master_keys(self) -> MasterKeys:
        """Raises `Refused` when the setting is missing or wrong."""
        try:
            return master_keys_of(self.settings)
        except ValueError as error:
            raise Refused(f"{error}.") from None

    @property
    def outbound(self) -> OutboundClient:
        """Raises `Refused` when a setting is wrong."""
        try:
            return outbound_of(self.settings)
        except ValueError as error:
            raise Refused(f"IDP_OUTBOUND_PRIVATE_NETWORKS: {error}.") from None

    def origin(self) -> Origin:
        """Who acts, and when, for the audit log."""
        return Origin(
            address=None,
            user_agent=None,
            device_id=None,
            request_id=None,
            actor=f"cli:{_user_name()}",
            now=self.clock.now(),
        )

    async def hash_password(self, password: str) -> str:
        """With the installation's parameters, so that the first login needs no second hash."""
        hasher = PasswordHasher(
            threads=1, queue=0, memory_kib=self.settings.argon2_memory_kib, passes=self.settings.argon2_passes
        )
        try:
            return await hasher.hash(password)
        finally:
            hasher.close()


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


@asynccontextmanager
async def open_installation(*, migrated: bool = True) -> AsyncIterator[Installation]:
    """Closes the database at the end; raises `Refused` unless its schema is the one of this version."""
    settings = read_settings()
    try:
        database = Database(settings.database_url)
    except ValueError as error:
        raise Refused(f"{error}.") from None
    except OSError as error:
        raise Refused(f"IDP_DATABASE_URL: {error.filename} cannot be made: {error.strerror}.") from None
    try:
        if migrated and await find_revision(database) != newest_revision():
            raise Refused("The database has not the schema of this version: run `idp migrate`.")
        yield Installation(settings, database, SystemClock())
    finally:
        await database.close()


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return str(os.getuid())
