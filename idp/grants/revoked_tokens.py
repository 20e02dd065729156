"""Access tokens that were revoked without a grant to revoke: those of `client_credentials`."""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.upsert import insert_for
from idp.grants.table import revoked_access_tokens as table


async def revoke_token(db: AsyncConnection, jti: str, *, expires_at: int) -> None:
    """Remembered until the token expires by itself."""
    statement = insert_for(db)(table).values(jti=jti, expires_at=expires_at)
    await db.execute(statement.on_conflict_do_nothing(index_elements=["jti"]))
