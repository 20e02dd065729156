"""The installation that a command works on: its settings, its database, and who is at the keyboard."""

import getpass
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from idp.administration.migrate import find_revision, newest_revision
from idp.administration.refusal import Refused
from idp.audit.record import Origin
from idp.cli.environment import read_settings
from idp.clock import Clock, SystemClock
from idp.credentials.password_hashing import PasswordHasher
from idp.database.engine import Database
from idp.outbound.client import OutboundClient
from idp.sealing import MasterKeys
from idp.settings import Settings
from idp.wiring import master_keys_of, outbound_of


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
