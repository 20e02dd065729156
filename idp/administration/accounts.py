"""Accounts as operators make, lock and help them. Whoever loses access this way is told by mail."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store
from idp.accounts.account import Account, AccountStatus, Role, new_account_id
from idp.accounts.identifiers import (
    InvalidEmail,
    InvalidLoginName,
    InvalidPhone,
    normalise_email,
    normalise_login_name,
    normalise_phone,
)
from idp.administration.refusal import Refused
from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.credentials.password_policy import PasswordProblem, password_problem
from idp.credentials.store import set_password as store_password
from idp.lifecycle.end_account_access import end_account_access
from idp.lifecycle.new_password import put_new_password
from idp.lifecycle.notices import notify_owner
from idp.sealing import MasterKeys
from idp.sessions.session import EndReason


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account as an operator types it. What is marked as verified was proven to the operator in another way."""

    email: str
    locale: str
    phone: str | None = None
    login_name: str | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)
    email_verified: bool = False
    phone_verified: bool = False
    roles: tuple[Role, ...] = ()


def new_password() -> str:
    """120 random bits in 20 characters: long enough for any policy, short enough to type once."""
    return secrets.token_urlsafe(15)


def check_password(password: str, *, minimum: int, context: tuple[str, ...]) -> None:
    """Raises `Refused` for a password that the owner could not choose either."""
    problem = password_problem(password, minimum=minimum, context=context)
    if problem is None:
        return
    reasons = {
        PasswordProblem.TOO_SHORT: f"is shorter than {minimum} characters",
        PasswordProblem.TOO_LONG: "is longer than 1024 characters",
        PasswordProblem.COMMON: "is one of the most common ones",
        PasswordProblem.CONTEXTUAL: "is made of words from this account or service",
        PasswordProblem.GUESSABLE: "is quickly guessed",
    }
    raise Refused(f"This password {reasons[problem]}: choose another one.")


async def get_account(db: AsyncConnection, text: str) -> Account:
    """By id, login email or login name; raises `Refused`."""
    account = await store.find(db, text) or await store.find_by_identifier(db, text)
    if account is None:
        raise Refused(f"There is no account {text!r}: give its id, its login email or its login name.")
    return account


async def create_account(db: AsyncConnection, wanted: NewAccount, password_hash: str, *, origin: Origin) -> Account:
    """Raises `Refused` when an identifier is malformed or taken. The password is checked and hashed before."""
    account = _account(wanted, now=origin.now)
    # Whoever registered a proven address without proving it loses it.
    insert = store.replace_unverified if wanted.email_verified else store.insert
    if not await insert(db, account):
        raise Refused(f"The email {account.login_email} or the login name belongs to another account.")
    await store_password(db, account.id, password_hash, origin.now)
    await record(
        db,
        Event.ACCOUNT_CREATED,
        outcome="success",
        origin=origin,
        account_id=account.id,
        details={"roles": list(wanted.roles), "email_verified": wanted.email_verified},
    )
    return account


async def set_roles(db: AsyncConnection, account: Account, roles: tuple[Role, ...], *, origin: Origin) -> None:
    """What the account may do as an operator; it counts at the very next request (AD-10)."""
    await store.set_roles(db, account.id, roles=roles, now=origin.now)
    details = {"before": list(account.roles), "roles": list(roles)}
    await record(db, Event.ROLES_SET, outcome="success", origin=origin, account_id=account.id, details=details)


async def set_password(
    db: AsyncConnection, keys: MasterKeys, account: Account, password_hash: str, *, origin: Origin
) -> int:
    """Every session ends, for whoever knew the old password; how many."""
    return await put_new_password(
        db, keys, account_id=account.id, password_hash=password_hash, event=Event.PASSWORD_SET, origin=origin
    )


async def lock_account(db: AsyncConnection, keys: MasterKeys, account: Account, *, reason: str, origin: Origin) -> int:
    """No login and no refresh until it is unlocked; how many sessions ended. Raises `Refused`."""
    changed = await store.set_status(db, account.id, status=AccountStatus.LOCKED, reason=reason, now=origin.now)
    if not changed:
        raise Refused(f"The account {account.login_email} is locked or closed already.")
    details = {"reason": reason}
    await record(db, Event.ACCOUNT_LOCKED, outcome="success", origin=origin, account_id=account.id, details=details)
    ended = await end_account_access(db, account.id, reason=EndReason.ACCOUNT_LOCKED, origin=origin)
    await notify_owner(db, keys, account_id=account.id, kind="account_locked", origin=origin)
    return ended


async def unlock_account(db: AsyncConnection, account: Account, *, origin: Origin) -> None:
    """The owner may sign in again, with the credentials as they were. Raises `Refused`."""
    if account.status is not AccountStatus.LOCKED or not await store.set_status(
        db, account.id, status=AccountStatus.ACTIVE, reason=None, now=origin.now
    ):
        raise Refused(f"The account {account.login_email} is not locked.")
    # A login that was committed in the very moment of the lock must not wake up now.
    await end_account_access(db, account.id, reason=EndReason.ACCOUNT_LOCKED, origin=origin)
    await record(db, Event.ACCOUNT_UNLOCKED, outcome="success", origin=origin, account_id=account.id)


async def end_sessions(db: AsyncConnection, keys: MasterKeys, account: Account, *, origin: Origin) -> int:
    """Signs the account out of every browser and every application; how many sessions ended."""
    ended = await end_account_access(db, account.id, reason=EndReason.BY_OPERATOR, origin=origin)
    await notify_owner(db, keys, account_id=account.id, kind="sessions_ended", origin=origin)
    return ended


def _account(wanted: NewAccount, *, now: int) -> Account:
    try:
        email = normalise_email(wanted.email)
        login_name = normalise_login_name(wanted.login_name) if wanted.login_name else None
        phone = normalise_phone(wanted.phone) if wanted.phone else None
    except InvalidEmail:
        raise Refused(f"{wanted.email!r} is not an email address.") from None
    except InvalidLoginName:
        raise Refused("A login name has 3 to 64 letters, digits, dots, dashes and underscores.") from None
    except InvalidPhone:
        raise Refused(
            f"{wanted.phone!r} is not a mobile number with its country code, such as +420601123456."
        ) from None
    return Account(
        id=new_account_id(),
        login_email=email,
        locale=wanted.locale,
        created_at=now,
        updated_at=now,
        email_verified_at=now if wanted.email_verified else None,
        login_name=login_name,
        phone=phone,
        phone_verified_at=now if phone and wanted.phone_verified else None,
        profile=wanted.profile,
        roles=wanted.roles,
    )
