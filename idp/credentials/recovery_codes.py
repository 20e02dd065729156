"""Recovery codes: ten at a time, each good for one sign-in whose OTP device is lost (F3.7).

    replace_codes ──> [set of ten] ──take_display──> shown once ──spend_code──> one less … ──> a new set, or none

A code is 70 random bits in Crockford's base32. Stored is its MAC under the master key, bound to the account: who has
the database has no code, and cannot try any. A new set removes the old one; the end of OTP removes both.
"""

import secrets
from collections.abc import Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.credentials.table import recovery_codes
from idp.sealing import MasterKeys, base64url

HOW_MANY = 10
LENGTH = 14
_GROUP = 5
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O and U: they look like others, or spell words
_LOOK_ALIKES = str.maketrans("ILO", "110")
_LONGEST_INPUT = 64
_PURPOSE = "recovery-code"

_rows = recovery_codes.c


def new_codes() -> tuple[str, ...]:
    """A set as it is shown: `7K2QX-9M4TD-V3HA`, and so on."""
    return tuple(_grouped("".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))) for _ in range(HOW_MANY))


def read_code(typed: str) -> str:
    """What was typed, in its one spelling: any case, spaces and dashes, letters for the digits they look like."""
    upper = typed[:_LONGEST_INPUT].upper().translate(_LOOK_ALIKES)
    return "".join(letter for letter in upper if letter.isascii() and letter.isalnum())


async def replace_codes(
    db: AsyncConnection, keys: MasterKeys, account_id: str, *, codes: Sequence[str], now: int
) -> None:
    """Makes this the account's set; an earlier one is dead. The caller holds the account's OTP row (a step spent)."""
    await delete_codes(db, account_id)
    await db.execute(
        recovery_codes.insert(),
        [
            {"account_id": account_id, "digest": _digest(keys, keys.current_id, account_id, code), "created_at": now}
            for code in codes
        ],
    )


async def take_display(
    db: AsyncConnection, keys: MasterKeys, account_id: str, *, codes: Sequence[str], now: int
) -> bool:
    """True for the one caller that may show the set: it is still the account's, and nobody has seen it."""
    digests = [digest for code in codes for digest in _digests(keys, account_id, code)]
    taken = await db.scalars(
        update(recovery_codes)
        .where(_rows.account_id == account_id, _rows.digest.in_(digests), _rows.shown_at.is_(None))
        .values(shown_at=now)
        .returning(_rows.digest)
    )
    return len(taken.all()) == len(codes)


async def spend_code(db: AsyncConnection, keys: MasterKeys, account_id: str, *, code: str, now: int) -> bool:
    """True for the one try that spends the code."""
    spent: str | None = await db.scalar(
        update(recovery_codes)
        .where(
            _rows.account_id == account_id,
            _rows.digest.in_(_digests(keys, account_id, code)),
            _rows.spent_at.is_(None),
        )
        .values(spent_at=now)
        .returning(_rows.digest)
    )
    return spent is not None


async def count_codes(db: AsyncConnection, account_id: str) -> int:
    """How many are left."""
    left = select(func.count()).select_from(recovery_codes)
    return await db.scalar(left.where(_rows.account_id == account_id, _rows.spent_at.is_(None))) or 0


async def delete_codes(db: AsyncConnection, account_id: str) -> None:
    await db.execute(delete(recovery_codes).where(_rows.account_id == account_id))


def _digests(keys: MasterKeys, account_id: str, code: str) -> list[str]:
    """The code's digest under every master key in service: a rotation leaves the codes on paper good."""
    return [_digest(keys, key_id, account_id, code) for key_id in keys.ids]


def _digest(keys: MasterKeys, key_id: bytes, account_id: str, code: str) -> str:
    return base64url(keys.mac(f"{account_id}\0{read_code(code)}".encode(), purpose=_PURPOSE, key_id=key_id))


def _grouped(code: str) -> str:
    return "-".join(code[place : place + _GROUP] for place in range(0, len(code), _GROUP))
