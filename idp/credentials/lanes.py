"""An account's password hash, on a lane: every login reads it before it is checked."""

from sqlalchemy import String, bindparam, select

from idp.credentials.table import passwords
from idp.database.engine import Database
from idp.database.lanes import Key

PASSWORD_HASH = select(passwords.c.account_id, passwords.c.hash).where(
    passwords.c.account_id == bindparam("given_account_id", type_=String)
)


class PasswordLane:
    """Does the same as `store.find_password_hash`."""

    def __init__(self, database: Database) -> None:
        self._hashes = database.reading_lane(
            PASSWORD_HASH, key=Key("given_account_id", "account_id"), shares_connection=True
        )

    async def find_hash(self, account_id: str) -> str | None:
        row = await self._hashes.run({"given_account_id": account_id})
        return None if row is None else row.hash
