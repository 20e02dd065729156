"""The hot path's statements without lanes: one transaction each, through SQLAlchemy. What lanes have to equal."""

from idp.database.engine import Database
from idp.grants import store
from idp.grants.grant import Grant, LiveGrant
from idp.grants.lanes import GrantLanes
from idp.grants.store import Redemption, Rotation


class PlainGrants(GrantLanes):
    """Takes the place of `wiring.grants`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._database = database

    async def redeem_code(
        self, redemption: Redemption, *, now: int, idle_expires_at: int, ua_required: bool
    ) -> Grant | None:
        async with self._database.writing() as db:
            return await store.redeem_code(
                db, redemption, now=now, idle_expires_at=idle_expires_at, ua_required=ua_required
            )

    async def rotate(self, rotation: Rotation, *, now: int, idle_expires_at: int) -> Grant | None:
        async with self._database.writing() as db:
            return await store.rotate(db, rotation, now=now, idle_expires_at=idle_expires_at)

    async def find_live(self, grant_id: str, *, now: int) -> LiveGrant | None:
        async with self._database.reading() as db:
            found = await store.find_live(db, grant_id, now=now)
        return LiveGrant.of(found) if found else None
