"""Rows of `accounts`. Every change that may lose a race is one conditional UPDATE and says whether it happened."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Row, String, bindparam, case, func, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account, AccountStatus, Role
from idp.accounts.identifiers import InvalidEmail, InvalidLoginName, normalise_email, normalise_login_name
from idp.accounts.table import accounts
from idp.database.prepared import Prepared
from idp.database.upsert import insert_for

_NAMES = [field.name for field in fields(Account)]
_IN_ORDER = attrgetter(*_NAMES)
COLUMNS = [accounts.c[name] for name in _NAMES]
# Made once: every login asks, before and after the password is checked.
ACCOUNT = select(*COLUMNS).where(accounts.c.id == bindparam("given_account_id", type_=String))
ACCOUNT_OF_EMAIL = select(*COLUMNS).where(accounts.c.login_email == bindparam("given_email", type_=String))
ACCOUNT_OF_NAME = select(*COLUMNS).where(accounts.c.login_name == bindparam("given_name", type_=String))
_ACCOUNT = Prepared(ACCOUNT)
_ACCOUNT_OF_EMAIL = Prepared(ACCOUNT_OF_EMAIL)
_ACCOUNT_OF_NAME = Prepared(ACCOUNT_OF_NAME)


class NoSuchAccount(LookupError):
    """`get` was asked for an account that does not exist."""


async def find(db: AsyncConnection, account_id: str) -> Account | None:
    return await _find(db, _ACCOUNT, given_account_id=account_id)


async def get(db: AsyncConnection, account_id: str) -> Account:
    """The account; raises `NoSuchAccount`."""
    account = await find(db, account_id)
    if account is None:
        raise NoSuchAccount(account_id)
    return account


async def find_by_identifier(db: AsyncConnection, text: str) -> Account | None:
    """By login email or login name, in any spelling a person may type. A name never holds an `@`."""
    return await (find_by_email(db, text) if "@" in text else find_by_login_name(db, text))


async def find_by_email(db: AsyncConnection, email: str) -> Account | None:
    try:
        return await _find(db, _ACCOUNT_OF_EMAIL, given_email=normalise_email(email))
    except InvalidEmail:
        return None


async def find_by_login_name(db: AsyncConnection, name: str) -> Account | None:
    try:
        return await _find(db, _ACCOUNT_OF_NAME, given_name=normalise_login_name(name))
    except InvalidLoginName:
        return None


async def list_by_phone(db: AsyncConnection, phone: str, *, limit: int = 20) -> list[Account]:
    """Those with this number (E.164); a number may be that of several accounts."""
    query = select(*COLUMNS).where(accounts.c.phone == phone).order_by(accounts.c.created_at).limit(limit)
    return [account_of(row) for row in await db.execute(query)]


async def insert(db: AsyncConnection, account: Account) -> bool:
    """False, and nothing written, when the email or the login name is taken."""
    statement = insert_for(db)(accounts).values(**_values(account)).on_conflict_do_nothing()
    inserted: str | None = await db.scalar(statement.returning(accounts.c.id))
    return inserted is not None


async def replace_unverified(db: AsyncConnection, account: Account) -> bool:
    """Inserts an account whose address an unverified one may hold; False when the holder is verified or locked.

    The unverified row is closed and loses the address: whoever made it keeps nothing but a dead account, so that a
    password or session set up in advance for somebody else's address is worthless.
    """
    await _free_unverified(db, account.login_email, except_id=account.id, now=account.created_at)
    return await insert(db, account)


async def verify_email(db: AsyncConnection, account_id: str, *, email: str, now: int) -> bool:
    """False when the account has another address by now, or is closed. The first verification's time stays."""
    return await _change(
        db,
        account_id,
        accounts.c.login_email == email,
        email_verified_at=func.coalesce(accounts.c.email_verified_at, now),
        updated_at=now,
    )


async def verify_phone(db: AsyncConnection, account_id: str, *, phone: str, now: int) -> bool:
    """False when the account has another number by now, or is closed. The first verification's time stays."""
    return await _change(
        db,
        account_id,
        accounts.c.phone == phone,
        phone_verified_at=func.coalesce(accounts.c.phone_verified_at, now),
        updated_at=now,
    )


async def change_unverified_email(db: AsyncConnection, account_id: str, *, email: str, now: int) -> bool:
    """Corrects an address that was never proven; False when it is proven by now, or the new one is taken."""
    try:
        async with db.begin_nested():
            await _free_unverified(db, email, except_id=account_id, now=now)
            return await _change(
                db, account_id, accounts.c.email_verified_at.is_(None), login_email=email, updated_at=now
            )
    except IntegrityError:
        return False


async def replace_login_email(db: AsyncConnection, account_id: str, *, old: str, new: str, now: int) -> bool:
    """An address proven in another way; False when the account has another one by now, or the new one is taken."""
    try:
        async with db.begin_nested():
            await _free_unverified(db, new, except_id=account_id, now=now)
            return await _change(
                db, account_id, accounts.c.login_email == old, login_email=new, email_verified_at=now, updated_at=now
            )
    except IntegrityError:
        return False


async def change_phone(db: AsyncConnection, account_id: str, *, phone: str, now: int) -> bool:
    """Sets the number; unless it is the same one, it has to be verified again."""
    same = case((accounts.c.phone == phone, accounts.c.phone_verified_at), else_=None)
    return await _change(db, account_id, phone=phone, phone_verified_at=same, updated_at=now)


async def replace_phone(db: AsyncConnection, account_id: str, *, phone: str, now: int) -> bool:
    """Sets a number that was proven before it was set."""
    return await _change(db, account_id, phone=phone, phone_verified_at=now, updated_at=now)


async def change_profile(
    db: AsyncConnection, account_id: str, *, profile: Mapping[str, Any], locale: str, now: int
) -> bool:
    return await _change(db, account_id, profile=dict(profile), locale=locale, updated_at=now)


async def accept_terms(db: AsyncConnection, account_id: str, *, version: str, now: int) -> bool:
    return await _change(db, account_id, terms_version=version, terms_accepted_at=now, updated_at=now)


async def set_roles(db: AsyncConnection, account_id: str, *, roles: Sequence[Role], now: int) -> bool:
    """What the account may do as an operator, from now on; counts at its next request."""
    return await _change(db, account_id, roles=" ".join(sorted(set(roles))), updated_at=now)


async def demand_otp(db: AsyncConnection, account_id: str, *, since: int | None, now: int) -> bool:
    """Applications are entered with OTP only, so that it has to be set up first; None: it was."""
    return await _change(db, account_id, otp_demanded_at=since, updated_at=now)


async def set_status(
    db: AsyncConnection, account_id: str, *, status: AccountStatus, reason: str | None, now: int
) -> bool:
    """False when the account has that status already, or is closed: closing is final."""
    return await _change(
        db, account_id, accounts.c.status != status.value, status=status.value, status_reason=reason, updated_at=now
    )


async def _find(db: AsyncConnection, statement: Prepared, **parameters: str) -> Account | None:
    row = await statement.first(db, parameters)
    return None if row is None else account_of(row)


async def _change(db: AsyncConnection, account_id: str, *conditions: ColumnElement[bool], **values: object) -> bool:
    statement = update(accounts).where(
        accounts.c.id == account_id, accounts.c.status != AccountStatus.CLOSED.value, *conditions
    )
    changed: str | None = await db.scalar(statement.values(**values).returning(accounts.c.id))
    return changed is not None


async def _free_unverified(db: AsyncConnection, email: str, *, except_id: str, now: int) -> None:
    await db.execute(
        update(accounts)
        .where(
            accounts.c.login_email == email,
            accounts.c.id != except_id,
            accounts.c.email_verified_at.is_(None),
            accounts.c.status == AccountStatus.ACTIVE.value,
        )
        .values(
            login_email=literal("replaced:") + accounts.c.id,  # no address: it holds no @
            login_name=None,
            status=AccountStatus.CLOSED.value,
            status_reason="replaced before its address was verified",
            updated_at=now,
        )
    )


def account_of(row: Row[Any]) -> Account:
    """A row with `COLUMNS`, whoever read it, and whatever stands beside them."""
    values = dict(zip(_NAMES, _IN_ORDER(row), strict=True))
    roles = tuple(Role(role) for role in row.roles.split())
    return Account(**values | {"status": AccountStatus(row.status), "roles": roles})


def _values(account: Account) -> dict[str, Any]:
    values = {field.name: getattr(account, field.name) for field in fields(Account)}
    return values | {
        "status": account.status.value,
        "roles": " ".join(account.roles),
        "profile": dict(account.profile),
    }
