"""An account's password hash, on a lane: every login reads it before it is checked."""

from idp.credentials.store import PASSWORD_HASH
from idp.database.engine import Database
from idp.database.lanes import Key


class PasswordLane:
    """Does the same as `store.find_password_hash`."""

    def __init__(self, database: Database) -> None:
        self._hashes = database.reading_lane(
            PASSWORD_HASH, key=Key("given_account_id", "account_id"), shares_connection=True
        )

    async def find_hash(self, account_id: str) -> str | None:
        row = await self._hashes.run({"given_account_id": account_id})
        return None if row is None else row.hash
