"""One account, on a lane: every page and every ID token asks for it, and every login by the name that was typed."""

from typing import Any

from idp.accounts.account import Account
from idp.accounts.identifiers import InvalidEmail, InvalidLoginName, normalise_email, normalise_login_name
from idp.accounts.store import ACCOUNT, ACCOUNT_OF_EMAIL, ACCOUNT_OF_NAME, account_of
from idp.database.engine import Database
from idp.database.lanes import Key


class AccountLane:
    """Does the same as the functions of the same names in `store`."""

    def __init__(self, database: Database) -> None:
        self._accounts = database.reading_lane(ACCOUNT, key=Key("given_account_id", "id"), of_row=account_of)
        self._by_email = database.reading_lane(
            ACCOUNT_OF_EMAIL, key=Key("given_email", "login_email"), shares_connection=True
        )
        self._by_name = database.reading_lane(
            ACCOUNT_OF_NAME, key=Key("given_name", "login_name"), shares_connection=True
        )

    async def find(self, account_id: str) -> Account | None:
        found: Account | None = await self._accounts.run({"given_account_id": account_id})
        return found

    async def find_by_identifier(self, text: str) -> Account | None:
        """By login email or login name, in any spelling a person may type."""
        try:
            if "@" in text:
                return _account(await self._by_email.run({"given_email": normalise_email(text)}))
            return _account(await self._by_name.run({"given_name": normalise_login_name(text)}))
        except (InvalidEmail, InvalidLoginName):
            return None


def _account(row: Any) -> Account | None:  # noqa: ANN401 - see `CompiledStatement.row`
    return None if row is None else account_of(row)
