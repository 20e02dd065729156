"""The account behind a token, on a lane: UserInfo asks for it at every call."""

from sqlalchemy import String, bindparam, select

from idp.accounts.account import Account
from idp.accounts.store import COLUMNS, account_of
from idp.accounts.table import accounts
from idp.database.engine import Database
from idp.database.lanes import Key

ACCOUNT = select(*COLUMNS).where(accounts.c.id == bindparam("given_account_id", type_=String))


class AccountLane:
    """Does the same as `store.find`."""

    def __init__(self, database: Database) -> None:
        self._accounts = database.reading_lane(ACCOUNT, key=Key("given_account_id", "id"))

    async def find(self, account_id: str) -> Account | None:
        row = await self._accounts.run({"given_account_id": account_id})
        return None if row is None else account_of(row)
