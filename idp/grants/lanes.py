"""The statements of the hot path on lanes: what every token request does first, and nearly always all it does."""

from typing import Any

from idp.database.engine import Database
from idp.database.lanes import Key
from idp.grants.grant import Grant, LiveGrant
from idp.grants.statements import LIVE_GRANT_IN_SHORT, REVOKED_TOKEN, ROTATE
from idp.grants.store import (
    REDEMPTIONS,
    Redemption,
    Rotation,
    grant_of,
    live_grant_of,
    redemption_parameters,
    rotation_parameters,
)

_GRANT = Key("given_grant_id", "id")


class GrantLanes:
    """Does the same as the functions of the same names in `store`, each in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        statements = list(set(REDEMPTIONS.values()))
        lanes = dict(zip(statements, database.writing_lanes(statements, key=_GRANT), strict=True))
        self._redemptions = {mode: lanes[statement] for mode, statement in REDEMPTIONS.items()}
        self._rotations = database.writing_lane(ROTATE, key=_GRANT)
        self._live = database.reading_lane(LIVE_GRANT_IN_SHORT, key=_GRANT, of_row=live_grant_of)
        self._revoked_tokens = database.reading_lane(REVOKED_TOKEN, key=Key("given_jti", "jti"))

    async def redeem_code(
        self, redemption: Redemption, *, now: int, idle_expires_at: int, ua_required: bool
    ) -> Grant | None:
        """The grant, now active; None when anything about the redemption does not hold."""
        parameters = redemption_parameters(
            redemption, now=now, idle_expires_at=idle_expires_at, ua_required=ua_required
        )
        return _grant(await self._redemptions[redemption.becomes].run(parameters))

    async def rotate(self, rotation: Rotation, *, now: int, idle_expires_at: int) -> Grant | None:
        """The grant with its next generation; None when anything about the refresh does not hold."""
        return _grant(
            await self._rotations.run(rotation_parameters(rotation, now=now, idle_expires_at=idle_expires_at))
        )

    async def find_live(self, grant_id: str, *, now: int) -> LiveGrant | None:
        """The grant if its tokens count."""
        found: LiveGrant | None = await self._live.run({"given_grant_id": grant_id, "now": now})
        return found

    async def is_revoked(self, jti: str) -> bool:
        """Whether this one access token was taken back."""
        return await self._revoked_tokens.run({"given_jti": jti}) is not None


def _grant(row: Any) -> Grant | None:  # noqa: ANN401 - see `CompiledStatement.row`
    return None if row is None else grant_of(row)
