"""Links by which an owner objects to what was done with an account: mailed and texted with the news of it.

    make_objection ──▶ [link in a message] ──spend_objection, once, in time──▶ whatever the subject calls for

The token has 256 random bits and works on any device: whoever objects may have lost the others. Only its digest is
stored. What an objection does is decided by its subject (`administration/objecting`).
"""

from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.sealing import new_secret
from idp.support import objections
from idp.support.objections import Objection, ObjectionSubject

OBJECTION_PATH = "/object"


async def make_objection(
    db: AsyncConnection, *, account_id: str, subject: ObjectionSubject, reference: str, lifetime: int, now: int
) -> str:
    """The token of a new link; `lifetime` in seconds."""
    token = new_secret()
    await objections.insert(db, token, Objection(account_id, subject, reference, now, now + lifetime))
    return token


def objection_url(issuer: str, token: str) -> str:
    """What stands in the message."""
    return f"{issuer}{OBJECTION_PATH}?{urlencode({'t': token})}"


async def find_objection(db: AsyncConnection, token: str) -> Objection | None:
    """Used and expired ones too; changes nothing, since mail scanners open links as well."""
    return await objections.find(db, token)


async def spend_objection(db: AsyncConnection, token: str, *, origin: Origin) -> Objection | None:
    """The objection, to be carried out in this transaction; None when it was made before, or its time is over."""
    objection = await objections.spend(db, token, now=origin.now)
    if objection is not None:
        await record(
            db,
            Event.OBJECTED,
            outcome="success",
            origin=origin,
            account_id=objection.account_id,
            details={"subject": objection.subject, "reference": objection.reference},
        )
    return objection
