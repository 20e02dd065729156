"""Whether an account signed in on a browser before, on a lane: the login page and its form ask."""

from idp.database.engine import Database
from idp.database.lanes import Key
from idp.devices.store import KNOWN


class DeviceLane:
    """Does the same as `store.is_known`."""

    def __init__(self, database: Database) -> None:
        self._known = database.reading_lane(KNOWN, key=Key("given_device_id", "device_id"), shares_connection=True)

    async def is_known(self, device_id: str, account_id: str) -> bool:
        return await self._known.run({"given_device_id": device_id, "given_account_id": account_id}) is not None
