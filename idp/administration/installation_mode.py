"""A database that `idp dev` has made is marked: its demo accounts are public, so production refuses it."""

from idp.administration.refusal import Refused
from idp.database.changes import announce, read_counters
from idp.database.engine import Database

_DEVELOPMENT = "development"


async def mark_as_development(database: Database) -> None:
    async with database.writing() as db:
        await announce(db, _DEVELOPMENT)


async def refuse_development_database(database: Database) -> None:
    """Raises `Refused`."""
    async with database.reading() as db:
        if _DEVELOPMENT in await read_counters(db):
            raise Refused(
                "This database was made by `idp dev` and holds public accounts: point IDP_DATABASE_URL at a new one."
            )
