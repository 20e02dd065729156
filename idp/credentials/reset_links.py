"""Password recovery: one-time codes and links of the purpose `reset_password`, for the browser that asked.

    asked ──the link, or the code typed──> open ──a new password──> consumed
      └── 30 minutes, or a newer request of the account: expired

What opens the form is in the row each time it is looked at: the link's token belongs to it, or one of its codes was
typed (`proven_until`). Opening a link changes nothing; the new password spends the whole transaction in one statement.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, RowMapping, String, and_, column, exists, func, select, update
from sqlalchemy import table as table_named
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.credentials.one_time_codes import CodeRefusal, match_code, one_at_a_time
from idp.credentials.table import one_time_codes
from idp.sealing import MasterKeys, digest

RESET_PASSWORD = "reset_password"  # noqa: S105 - the name of a purpose
_HOUR, _DAY = 3600, 86_400
_HOURLY_CAP, _DAILY_CAP = 3, 10

_codes = one_time_codes.c
_first = one_time_codes.alias()
_is_reset = _codes.purpose == RESET_PASSWORD
# Named by its columns only: a noun does not import its neighbours.
_accounts = table_named(
    "accounts",
    column("id", String),
    column("status", String),
    column("login_email", String),
    column("email_verified_at", BigInteger),
)


@dataclass(frozen=True, slots=True)
class OpenReset:
    """A recovery whose form may be shown to the browser that asked; `link_digest` None: the code was typed."""

    transaction_id: str
    account_id: str
    target: str
    device_id: str
    user_agent: str
    asked_at: int
    link_digest: str | None


async def may_mail(db: AsyncConnection, target: str, now: int) -> bool:
    """Three an hour and ten a day, whoever asks; what was not sent does not count, so that nobody is kept out."""
    await one_at_a_time(db, target)
    recent = select(func.count(), func.count().filter(_codes.created_at > now - _HOUR)).where(
        _is_reset, _codes.target == target, _codes.created_at > now - _DAY
    )
    in_a_day, in_an_hour = (await db.execute(recent)).one()
    return bool(in_a_day < _DAILY_CAP and in_an_hour < _HOURLY_CAP)


async def find_by_link(db: AsyncConnection, token: str, now: int) -> OpenReset | CodeRefusal:
    """Whose link this is, on whatever device; changes nothing, since mail scanners open links too."""
    link_digest = digest(token)
    row = await _find(db, _codes.link_digest == link_digest)
    if row is None:
        return CodeRefusal.WRONG
    return _opened(row, until=row["expires_at"], now=now, link_digest=link_digest)


async def find_by_code(db: AsyncConnection, transaction_id: str, device_id: str, now: int) -> OpenReset | CodeRefusal:
    """The recovery whose code was typed in this browser; `WRONG` as long as none was."""
    row = await _find(db, _codes.id == transaction_id, _codes.device_id == device_id)
    if row is None or row["proven_until"] is None:
        return CodeRefusal.WRONG
    return _opened(row, until=row["proven_until"], now=now, link_digest=None)


async def find_asking_flow(db: AsyncConnection, token: str, device_id: str) -> str:
    """The sealed flow that asked for this link, in the browser that asked; else nothing. Also of one that is over."""
    asked = select(_codes.flow).where(_is_reset, _codes.link_digest == digest(token), _codes.device_id == device_id)
    return await db.scalar(asked) or ""


async def _find(db: AsyncConnection, *conditions: ColumnElement[bool]) -> RowMapping | None:
    """A code with what its transaction has in common, unless it is nobody's."""
    first = _first.c
    found = (
        select(
            *(_codes[name] for name in ("transaction_id", "account_id", "target", "device_id", "user_agent")),
            _codes.created_at,
            _codes.expires_at,
            first.consumed_at,
            first.proven_until,
            (first.expires_at <= first.created_at).label("is_void"),
            _may_recover(_codes.account_id, _codes.target).label("may_recover"),
        )
        .join(_first, first.id == _codes.transaction_id)
        .where(_is_reset, _codes.account_id.is_not(None), *conditions)
    )
    return (await db.execute(found)).mappings().one_or_none()


def _opened(row: RowMapping, *, until: int, now: int, link_digest: str | None) -> OpenReset | CodeRefusal:
    if row["consumed_at"] is not None:
        return CodeRefusal.USED
    if until <= now or row["is_void"] or not row["may_recover"]:
        return CodeRefusal.EXPIRED
    return OpenReset(
        transaction_id=row["transaction_id"],
        account_id=row["account_id"],
        target=row["target"],
        device_id=row["device_id"],
        user_agent=row["user_agent"] or "",
        asked_at=row["created_at"],
        link_digest=link_digest,
    )


async def prove_code(
    db: AsyncConnection, keys: MasterKeys, *, transaction_id: str, device_id: str, code: str, now: int
) -> CodeRefusal | None:
    """None: it was the code, and the form is open until the code's end. Commit it whatever the answer."""
    found = await match_code(
        db, keys, transaction_id=transaction_id, purpose=RESET_PASSWORD, device_id=device_id, code=code, now=now
    )
    if isinstance(found, CodeRefusal):
        return found
    await db.execute(update(one_time_codes).where(_codes.id == transaction_id).values(proven_until=found.expires_at))
    return None


async def consume_reset(db: AsyncConnection, reset: OpenReset, now: int) -> bool:
    """True for the one caller that may set the password now: everything that must hold is in the statement."""
    consumed: str | None = await db.scalar(
        update(one_time_codes)
        .where(
            _codes.id == reset.transaction_id,
            _is_reset,
            _codes.account_id == reset.account_id,
            _codes.device_id == reset.device_id,
            _codes.consumed_at.is_(None),
            _codes.expires_at > _codes.created_at,  # not voided
            _evidence(reset, now),
            _may_recover(_codes.account_id, _codes.target),
        )
        .values(consumed_at=now)
        .returning(_codes.id)
    )
    if consumed is None:
        return False
    await db.execute(
        update(one_time_codes)
        .where(_codes.transaction_id == reset.transaction_id, _codes.consumed_at.is_(None))
        .values(consumed_at=now)
    )
    return True


def _may_recover(account_id: ColumnElement[str], target: ColumnElement[str]) -> ColumnElement[bool]:
    """An account that is in use, and whose proven address still is the one that was mailed to."""
    account = _accounts.c
    return exists(
        select(1).where(
            account.id == account_id,
            account.status == "active",
            account.login_email == target,
            account.email_verified_at.is_not(None),
        )
    )


def _evidence(reset: OpenReset, now: int) -> ColumnElement[bool]:
    if reset.link_digest is None:
        return _codes.proven_until > now
    sent = one_time_codes.alias().c
    return exists(
        select(1).where(
            and_(sent.link_digest == reset.link_digest, sent.transaction_id == _codes.id, sent.expires_at > now)
        )
    )


async def find_end(db: AsyncConnection, transaction_id: str) -> int | None:
    """Until when the newest message of a transaction works."""
    newest = select(func.max(_codes.expires_at)).where(_codes.transaction_id == transaction_id)
    end: int | None = await db.scalar(newest)
    return end
