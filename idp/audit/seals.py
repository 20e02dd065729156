"""Seals on the audit log: a chain of MACs under the master key, each over some events and the seal before (AD-18).

Whoever can write to the database can change or delete an event, but cannot make the seal that would go with it. Events
are sealed a minute after they happened, in the background: no login waits for another one's seal. What the end of the
chain was stands in the process's log as well, so that cutting off the end is seen, too.
"""

import hmac
import json
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.audit.table import audit_events, audit_seals
from idp.database.upsert import insert_for
from idp.sealing import MasterKeys, SealBroken, base64url

# Longer than any transaction lives: no event with a lower number can still turn up below a seal.
SETTLED_SECONDS = 60
_EVENTS_PER_SEAL = 2000
_PURPOSE = "audit-seal"
_KEY_ID_BYTES = 2
_START = 0


@dataclass(frozen=True, slots=True)
class Seal:
    """One link of the chain: the events after `after`, up to and with `up_to`."""

    up_to: int
    after: int
    mac: bytes

    @property
    def fingerprint(self) -> str:
        """What people compare, and what stands in the log."""
        return base64url(self.mac)[-12:]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`intact_to`: the last event that the chain vouches for. `broken`: the first seal that does not fit, if any."""

    intact_to: int
    fingerprint: str
    broken: Seal | None


async def seal_events(db: AsyncConnection, keys: MasterKeys, now: int) -> Seal | None:
    """Seals the next events that have settled; None when there are none, or another process was faster."""
    before = await _last_seal(db)
    settled = (
        select(audit_events.c.seq)
        .where(audit_events.c.seq > before.up_to, audit_events.c.at <= now - SETTLED_SECONDS)
        .order_by(audit_events.c.seq)
        .limit(_EVENTS_PER_SEAL)
        .subquery()
    )
    up_to = await db.scalar(select(func.max(settled.c.seq)))
    if up_to is None:
        return None
    seal = Seal(up_to, before.up_to, await _mac(db, keys, before, up_to, key_id=keys.current_id))
    statement = insert_for(db)(audit_seals).values(
        up_to=seal.up_to, after=seal.after, mac=keys.current_id + seal.mac, sealed_at=now
    )
    inserted: int | None = await db.scalar(statement.on_conflict_do_nothing().returning(audit_seals.c.up_to))
    return seal if inserted is not None else None


async def verify_seals(db: AsyncConnection, keys: MasterKeys) -> Verdict:
    """Walks the chain from its beginning and reads every event under it again."""
    before = Seal(_START, _START, b"")
    for row in (await db.execute(select(audit_seals).order_by(audit_seals.c.up_to))).all():
        seal = Seal(row.up_to, row.after, row.mac[_KEY_ID_BYTES:])
        try:
            wanted = await _mac(db, keys, before, seal.up_to, key_id=row.mac[:_KEY_ID_BYTES])
        except SealBroken:
            wanted = b""  # its master key is not among ours
        if seal.after != before.up_to or not hmac.compare_digest(seal.mac, wanted):
            return Verdict(before.up_to, before.fingerprint, seal)
        before = seal
    return Verdict(before.up_to, before.fingerprint, None)


async def _last_seal(db: AsyncConnection) -> Seal:
    newest = select(audit_seals).order_by(audit_seals.c.up_to.desc()).limit(1)
    row = (await db.execute(newest)).one_or_none()
    return Seal(row.up_to, row.after, row.mac[_KEY_ID_BYTES:]) if row else Seal(_START, _START, b"")


async def _mac(db: AsyncConnection, keys: MasterKeys, before: Seal, up_to: int, *, key_id: bytes) -> bytes:
    """Over the seal before and every column of every event, in order."""
    under = select(audit_events).where(audit_events.c.seq > before.up_to, audit_events.c.seq <= up_to)
    lines = [before.mac.hex()]
    for event in (await db.execute(under.order_by(audit_events.c.seq))).mappings():
        lines.append(json.dumps(dict(event), sort_keys=True, separators=(",", ":")))
    return keys.mac("\n".join(lines).encode(), purpose=_PURPOSE, key_id=key_id)
