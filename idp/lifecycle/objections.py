"""Links by which the owner of an account stops or undoes a change: made, found, and spent once.

The token has 256 random bits and works on any device; only its digest is stored.
"""

from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.sealing import digest, new_secret
from idp.support.table import objections

OBJECTION_PATH = "/object"

Subject = Literal["case", "otp_recovered"]


async def make_objection(
    db: AsyncConnection, *, account_id: str, subject: Subject, reference: str, lifetime: int, now: int
) -> str:
    """The token for a link."""
    token = new_secret()
    await db.execute(
        objections.insert().values(
            token_digest=digest(token),
            account_id=account_id,
            subject=subject,
            reference=reference,
            created_at=now,
            expires_at=now + lifetime,
        )
    )
    return token
