"""Rows of `otp_recoveries`: turning OTP off without its device, one step after another.

    asked ──"Send SMS" on the page of the mailed link──▶ mailbox_proven ──SMS code and CAPTCHA──▶ done
      └── 5 minutes: over                                     └── the life of an SMS code: over

A row belongs to the browser session whose password opened the way, and to its device. Every step is one conditional
UPDATE that names both, so that nothing proven elsewhere, or by somebody else, can be put in its place (MF-15).
"""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.credentials.table import otp_recoveries as table
from idp.database.sweeping import Sweep
from idp.sealing import digest

_HOUR, _DAY = 3600, 86_400
_HOURLY_CAP, _DAILY_CAP = 5, 10


class RecoveryState(StrEnum):
    """See the diagram above."""

    ASKED = "asked"
    MAILBOX_PROVEN = "mailbox_proven"
    DONE = "done"


# Attempts that came to nothing, and that no daily cap counts any more.
SWEEP = Sweep(
    table,
    table.c.expires_at,
    is_held=lambda now: or_(table.c.state == RecoveryState.DONE, table.c.created_at > now - _DAY),
)


@dataclass(frozen=True, slots=True)
class OtpRecovery:
    """One attempt. `flow` is the sealed login it came up in; `user_agent` and `address` are those of whoever asked."""

    id: str
    account_id: str
    session_id: str
    device_id: str
    flow: str
    user_agent: str | None
    address: str | None
    message_id: str
    created_at: int
    expires_at: int
    state: RecoveryState = RecoveryState.ASKED
    sms_transaction_id: str | None = None
    mailbox_proven_at: int | None = None
    done_at: int | None = None

    def awaits_code(self, *, session_id: str, device_id: str, now: int) -> bool:
        """Whether this session on this device may type the SMS code of it."""
        is_own = self.session_id == session_id and self.device_id == device_id
        return is_own and self.state is RecoveryState.MAILBOX_PROVEN and self.expires_at > now


_COLUMNS = [table.c[field.name] for field in fields(OtpRecovery)]


async def insert(db: AsyncConnection, recovery: OtpRecovery, *, link_token: str) -> None:
    values = {field.name: getattr(recovery, field.name) for field in fields(recovery)}
    await db.execute(table.insert().values(**values, link_digest=digest(link_token)))


async def find(db: AsyncConnection, recovery_id: str) -> OtpRecovery | None:
    return await _find(db, table.c.id == recovery_id)


async def find_by_link(db: AsyncConnection, token: str) -> OtpRecovery | None:
    return await _find(db, table.c.link_digest == digest(token))


async def find_last_done(db: AsyncConnection, account_id: str) -> OtpRecovery | None:
    """The account's mark: when its OTP was last turned off this way."""
    query = select(*_COLUMNS).where(table.c.account_id == account_id, table.c.state == RecoveryState.DONE)
    row = (await db.execute(query.order_by(table.c.done_at.desc()).limit(1))).one_or_none()
    return _recovery(row) if row else None


async def find_last_time(db: AsyncConnection, account_id: str) -> int | None:
    """When the newest link of the account was mailed."""
    found: int | None = await db.scalar(select(func.max(table.c.created_at)).where(table.c.account_id == account_id))
    return found


async def may_ask(db: AsyncConnection, account_id: str, now: int) -> bool:
    """Five links an hour and ten a day for one account. Parallel callers must wait for one another: `can_send`."""
    recent = select(func.count(), func.count().filter(table.c.created_at > now - _HOUR)).where(
        table.c.account_id == account_id, table.c.created_at > now - _DAY
    )
    in_a_day, in_an_hour = (await db.execute(recent)).one()
    return bool(in_a_day < _DAILY_CAP and in_an_hour < _HOURLY_CAP)


async def prove_mailbox(
    db: AsyncConnection, token: str, *, session_id: str, device_id: str, now: int, expires_at: int
) -> OtpRecovery | None:
    """The button behind the link was pressed where it was asked for: the row, once. `expires_at` is the next step's."""
    return await _step(
        db,
        table.c.link_digest == digest(token),
        table.c.state == RecoveryState.ASKED,
        table.c.expires_at > now,
        table.c.session_id == session_id,
        table.c.device_id == device_id,
        state=RecoveryState.MAILBOX_PROVEN,
        mailbox_proven_at=now,
        expires_at=expires_at,
    )


async def remember_code(db: AsyncConnection, recovery_id: str, transaction_id: str) -> None:
    """The transaction of SMS codes that belongs to the recovery."""
    await db.execute(update(table).where(table.c.id == recovery_id).values(sms_transaction_id=transaction_id))


async def finish(db: AsyncConnection, recovery: OtpRecovery, *, now: int) -> OtpRecovery | None:
    """The last step: for one caller, while nothing of the row has changed since it was read."""
    return await _step(
        db,
        table.c.id == recovery.id,
        table.c.state == RecoveryState.MAILBOX_PROVEN,
        table.c.expires_at > now,
        table.c.session_id == recovery.session_id,
        table.c.device_id == recovery.device_id,
        table.c.sms_transaction_id == recovery.sms_transaction_id,
        state=RecoveryState.DONE,
        done_at=now,
    )


async def end(db: AsyncConnection, recovery_id: str, *, now: int) -> None:
    """Too many wrong codes: it takes a new mail to go on."""
    await db.execute(
        update(table).where(table.c.id == recovery_id, table.c.state != RecoveryState.DONE).values(expires_at=now)
    )


async def end_all(db: AsyncConnection, account_id: str, *, now: int) -> None:
    """Every attempt of the account that is still on its way is over."""
    await db.execute(
        update(table)
        .where(table.c.account_id == account_id, table.c.state != RecoveryState.DONE, table.c.expires_at > now)
        .values(expires_at=now)
    )


async def _find(db: AsyncConnection, condition: ColumnElement[bool]) -> OtpRecovery | None:
    row = (await db.execute(select(*_COLUMNS).where(condition))).one_or_none()
    return _recovery(row) if row else None


async def _step(db: AsyncConnection, *conditions: ColumnElement[bool], **values: object) -> OtpRecovery | None:
    row = (await db.execute(update(table).where(*conditions).values(**values).returning(*_COLUMNS))).one_or_none()
    return _recovery(row) if row else None


def _recovery(row: Row[Any]) -> OtpRecovery:
    values = dict(row._mapping)
    return OtpRecovery(**values | {"state": RecoveryState(values["state"])})
