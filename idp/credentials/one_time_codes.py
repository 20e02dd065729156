"""Codes and links that are mailed or texted, and work once.

    issue_code ──> [transaction: first code, resent codes …] ──redeem_code / redeem_link──> consumed
                         │ five tries over all of them: exhausted          │ time: expired

A resend joins the transaction of its first code, whose row (`id` = `transaction_id`) carries what the transaction has
in common: the count of tries and whether it is consumed. Older codes stay good until they expire, since messages
arrive out of order. A code without an account looks and fails like any other and can never be redeemed.
"""

import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.credentials.otp import digits_of
from idp.credentials.table import one_time_codes
from idp.database.sweeping import Sweep
from idp.sealing import MasterKeys, SealBroken, digest, new_id, new_secret

LONG_CODE = 8
MAX_ATTEMPTS = 5
RESEND_SECONDS = 60
_MAC_PURPOSE = "one-time-code"
_KEY_ID_BYTES = 2
_HOUR, _DAY = 3600, 86_400
# Crockford's base 32: O, I and L are not among its letters, and are read as the digits that they look like.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKES = str.maketrans("OIL", "011")
_LONGEST_INPUT = 64
_HOURLY_CAP, _DAILY_CAP = 5, 10

_codes = one_time_codes.c


def _has_live_mates(now: int) -> ColumnElement[bool]:
    """A code of the same transaction can still be redeemed, or a daily cap counts it."""
    mate = one_time_codes.alias("mate")
    return exists().where(
        mate.c.transaction_id == _codes.transaction_id, or_(mate.c.expires_at > now, mate.c.created_at > now - _DAY)
    )


SWEEP = Sweep(one_time_codes, _codes.expires_at, is_held=_has_live_mates)


class CodeRefusal(StrEnum):
    """Why nothing was redeemed; pages have a sentence for each."""

    WRONG = "wrong"
    EXPIRED = "expired"
    USED = "used"
    EXHAUSTED = "exhausted"


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """What a code is to prove, and where. `account_id` None: nobody's, for an answer that looks the same.

    `lifetime` in seconds. `transaction_id`: the one that a resend joins. `target` empty: it is never sent. `is_long`:
    eight characters, 40 bits. `user_agent` and `flow`: the browser and the conversation that its link belongs to.
    """

    purpose: str
    account_id: str | None
    device_id: str
    target: str
    lifetime: int
    transaction_id: str | None = None
    with_link: bool = False
    is_long: bool = False
    user_agent: str | None = None
    flow: str | None = None


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """What goes into the message; only digests of it are stored."""

    id: str
    transaction_id: str
    code: str
    link_token: str | None


@dataclass(frozen=True, slots=True)
class LiveCode:
    """What somebody is about to prove: nothing, yet."""

    transaction_id: str
    target: str


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What was proven: `account_id` reads what is sent to `target`."""

    account_id: str
    target: str
    transaction_id: str


@dataclass(frozen=True, slots=True)
class MatchedCode:
    """The code that was typed: whose it is, where it was sent, and until when it works."""

    account_id: str
    target: str
    expires_at: int


async def issue_code(db: AsyncConnection, keys: MasterKeys, request: CodeRequest, now: int) -> IssuedCode:
    """A new code, of six digits unless it is to be long, and a link token if asked for. A transaction that is not this
    request's is not joined: a new one begins, as the result says."""
    code_id = new_id()
    transaction_id = await _joined_transaction(db, request) or code_id
    code = _new_long_code() if request.is_long else f"{secrets.randbelow(10**6):06}"
    link_token = new_secret() if request.with_link else None
    await db.execute(
        one_time_codes.insert().values(
            id=code_id,
            transaction_id=transaction_id,
            purpose=request.purpose,
            account_id=request.account_id,
            device_id=request.device_id,
            target=request.target,
            code_mac=keys.current_id
            + _mac(keys, keys.current_id, (transaction_id, request.purpose, request.account_id or "", code)),
            link_digest=digest(link_token) if link_token else None,
            created_at=now,
            expires_at=now + request.lifetime,
            attempts=0,
            user_agent=request.user_agent,
            flow=request.flow,
        )
    )
    return IssuedCode(code_id, transaction_id, code, link_token)


def _new_long_code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(LONG_CODE))


def long_code_of(typed: str) -> str:
    """What was typed or pasted of a long code (`ab1o-cdef`), in the one spelling it has (`AB10CDEF`)."""
    return "".join(letter for letter in typed[:_LONGEST_INPUT].upper().translate(_LOOK_ALIKES) if letter in _LETTERS)


async def _joined_transaction(db: AsyncConnection, request: CodeRequest) -> str | None:
    if request.transaction_id is None:
        return None
    account = _codes.account_id
    joined: str | None = await db.scalar(
        select(_codes.id).where(
            _codes.id == request.transaction_id,
            _codes.purpose == request.purpose,
            _codes.device_id == request.device_id,
            account.is_(None) if request.account_id is None else account == request.account_id,
            _codes.consumed_at.is_(None),
            _codes.expires_at > _codes.created_at,  # not voided
            _codes.target != "",
        )
    )
    return joined


async def redeem_code(  # noqa: PLR0913 - a code fits only with all of them
    db: AsyncConnection, keys: MasterKeys, *, transaction_id: str, purpose: str, device_id: str, code: str, now: int
) -> Redeemed | CodeRefusal:
    """Spends the transaction if this is one of its live codes. Commit it whatever the answer: the try is counted."""
    found = await match_code(
        db,
        keys,
        transaction_id=transaction_id,
        purpose=purpose,
        device_id=device_id,
        code=digits_of(code),
        now=now,
    )
    if isinstance(found, CodeRefusal):
        return found
    if not await _consume(db, transaction_id, now):
        return CodeRefusal.USED
    return Redeemed(found.account_id, found.target, transaction_id)


async def match_code(  # noqa: PLR0913 - a code fits only with all of them
    db: AsyncConnection, keys: MasterKeys, *, transaction_id: str, purpose: str, device_id: str, code: str, now: int
) -> MatchedCode | CodeRefusal:
    """Counts a try, and spends nothing."""
    own = (_codes.purpose == purpose, _codes.device_id == device_id)
    # The try is counted before anything is compared, so that no number of parallel tries gets more than five.
    counted: str | None = await db.scalar(
        update(one_time_codes)
        .where(_codes.id == transaction_id, *own, _codes.attempts < MAX_ATTEMPTS, _codes.consumed_at.is_(None))
        .values(attempts=_codes.attempts + 1)
        .returning(_codes.id)
    )
    if counted is None:
        return await _why_refused(db, _codes.id == transaction_id, *own)
    rows = (
        await db.execute(
            select(_codes.code_mac, _codes.account_id, _codes.target, _codes.expires_at).where(
                _codes.transaction_id == transaction_id, *own
            )
        )
    ).all()
    found = None
    for row in rows:
        if _matches(keys, row.code_mac, (transaction_id, purpose, row.account_id or "", code)):
            found = row
    if all(row.expires_at <= now for row in rows) or (found is not None and found.expires_at <= now):
        return CodeRefusal.EXPIRED
    if found is None or found.account_id is None:
        return CodeRefusal.WRONG
    return MatchedCode(found.account_id, found.target, found.expires_at)


async def _why_refused(db: AsyncConnection, *conditions: ColumnElement[bool]) -> CodeRefusal:
    row = (await db.execute(select(_codes.consumed_at, _codes.attempts).where(*conditions))).one_or_none()
    if row is None:
        return CodeRefusal.WRONG
    return CodeRefusal.USED if row.consumed_at is not None else CodeRefusal.EXHAUSTED


async def find_link(db: AsyncConnection, token: str, purpose: str, now: int) -> Redeemed | CodeRefusal:
    """What a link would prove; changes nothing, since mail scanners open links too."""
    first = one_time_codes.alias()
    row = (
        await db.execute(
            select(_codes.account_id, _codes.target, _codes.transaction_id, _codes.expires_at, first.c.consumed_at)
            .join(first, first.c.id == _codes.transaction_id)
            .where(_codes.link_digest == digest(token), _codes.purpose == purpose)
        )
    ).one_or_none()
    if row is None or row.account_id is None:
        return CodeRefusal.WRONG
    if row.consumed_at is not None:
        return CodeRefusal.USED
    if row.expires_at <= now:
        return CodeRefusal.EXPIRED
    return Redeemed(row.account_id, row.target, row.transaction_id)


async def redeem_link(db: AsyncConnection, token: str, purpose: str, now: int) -> Redeemed | CodeRefusal:
    """Spends the link and every code of its transaction. Works on any device: the token has 256 random bits."""
    found = await find_link(db, token, purpose, now)
    if isinstance(found, CodeRefusal):
        return found
    return found if await _consume(db, found.transaction_id, now) else CodeRefusal.USED


async def _consume(db: AsyncConnection, transaction_id: str, now: int) -> bool:
    """The first row decides who was first; the others are marked for those who read the table."""
    consumed: str | None = await db.scalar(
        update(one_time_codes)
        .where(_codes.id == transaction_id, _codes.consumed_at.is_(None))
        .values(consumed_at=now)
        .returning(_codes.id)
    )
    if consumed is None:
        return False
    await db.execute(
        update(one_time_codes)
        .where(_codes.transaction_id == transaction_id, _codes.consumed_at.is_(None))
        .values(consumed_at=now)
    )
    return True


async def is_spent(db: AsyncConnection, transaction_id: str) -> bool:
    """Whether one of the transaction's codes or links was redeemed, here or in another browser."""
    consumed_at = await db.scalar(select(_codes.consumed_at).where(_codes.id == transaction_id))
    return consumed_at is not None


async def seconds_until_resend(db: AsyncConnection, transaction_id: str, now: int) -> int:
    """0: another code may be sent now. Asked in the transaction that sends, only one of parallel tries gets 0."""
    await one_at_a_time(db, transaction_id)
    newest = await db.scalar(select(func.max(_codes.created_at)).where(_codes.transaction_id == transaction_id))
    return 0 if newest is None else max(newest + RESEND_SECONDS - now, 0)


async def last_sent_at(db: AsyncConnection, transaction_id: str) -> int | None:
    """When the newest message of the transaction was asked for."""
    newest: int | None = await db.scalar(
        select(func.max(_codes.created_at)).where(_codes.transaction_id == transaction_id)
    )
    return newest


async def can_send(db: AsyncConnection, target: str, now: int) -> bool:
    """Five messages an hour and ten a day for one address or number, whoever asks; parallel tries included."""
    await one_at_a_time(db, target)
    recent = select(func.count(), func.count().filter(_codes.created_at > now - _HOUR)).where(
        _codes.target == target, _codes.created_at > now - _DAY
    )
    in_a_day, in_an_hour = (await db.execute(recent)).one()
    return bool(in_a_day < _DAILY_CAP and in_an_hour < _HOURLY_CAP)


async def one_at_a_time(db: AsyncConnection, topic: str) -> None:
    """Those who count and then insert wait for one another until they commit. SQLite has one writer anyway."""
    if db.dialect.name == "postgresql":
        await db.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"one-time-code {topic}"))))


async def void_codes(db: AsyncConnection, account_id: str, purpose: str | None = None, *, spare: str = "") -> None:
    """The account's outstanding codes and links are expired from now on: for one purpose or for all, but for one
    transaction that may be spared.
    """
    outstanding = [_codes.account_id == account_id, _codes.consumed_at.is_(None), _codes.transaction_id != spare]
    if purpose is not None:
        outstanding.append(_codes.purpose == purpose)
    await db.execute(update(one_time_codes).where(*outstanding).values(expires_at=_codes.created_at))


async def find_live_code(
    db: AsyncConnection, account_id: str, *, purpose: str, device_id: str, now: int
) -> LiveCode | None:
    """What the newest live code of the account in this browser waits to prove; None: nothing is waited for."""
    row = (
        await db.execute(
            select(_codes.transaction_id, _codes.target)
            .where(
                _codes.account_id == account_id,
                _codes.purpose == purpose,
                _codes.device_id == device_id,
                _codes.consumed_at.is_(None),
                _codes.expires_at > now,
            )
            .order_by(_codes.created_at.desc())
            .limit(1)
        )
    ).one_or_none()
    return LiveCode(row.transaction_id, row.target) if row else None


async def live_transaction(
    db: AsyncConnection, purpose: str, *, account_id: str, device_id: str, now: int
) -> str | None:
    """The newest transaction of this purpose that a code could still be redeemed in."""
    first = one_time_codes.alias()
    found: str | None = await db.scalar(
        select(_codes.transaction_id)
        .join(first, first.c.id == _codes.transaction_id)
        .where(_codes.purpose == purpose, _codes.account_id == account_id, _codes.device_id == device_id)
        .where(_codes.expires_at > now, first.c.consumed_at.is_(None), first.c.attempts < MAX_ATTEMPTS)
        .order_by(_codes.created_at.desc(), _codes.id)
        .limit(1)
    )
    return found


def _mac(keys: MasterKeys, key_id: bytes, parts: tuple[str, ...]) -> bytes:
    # A million codes are quickly tried: without the master key, which is not in the database, none can be.
    return keys.mac("\0".join(parts).encode(), purpose=_MAC_PURPOSE, key_id=key_id)


def _matches(keys: MasterKeys, stored: bytes, parts: tuple[str, ...]) -> bool:
    key_id, mac = stored[:_KEY_ID_BYTES], stored[_KEY_ID_BYTES:]
    try:
        return hmac.compare_digest(mac, _mac(keys, key_id, parts))
    except SealBroken:  # the master key was taken out of service since
        return False


async def attach_message(db: AsyncConnection, code_id: str, message_id: str) -> None:
    """Notes which message carries the code."""
    await db.execute(update(one_time_codes).where(_codes.id == code_id).values(message_id=message_id))


async def newest_message_id(db: AsyncConnection, transaction_id: str) -> str | None:
    """The message that carries the newest code of the transaction."""
    newest: str | None = await db.scalar(
        select(_codes.message_id)
        .where(_codes.transaction_id == transaction_id)
        .order_by(_codes.created_at.desc())
        .limit(1)
    )
    return newest


async def carries_live_code(db: AsyncConnection, message_id: str, now: int) -> bool | None:
    """Whether the code or link in the message still works; None: it carries none."""
    first = one_time_codes.alias()
    row = (
        await db.execute(
            select(_codes.expires_at, first.c.consumed_at, first.c.attempts)
            .join(first, first.c.id == _codes.transaction_id)
            .where(_codes.message_id == message_id)
        )
    ).one_or_none()
    if row is None:
        return None
    return bool(row.expires_at > now and row.consumed_at is None and row.attempts < MAX_ATTEMPTS)
