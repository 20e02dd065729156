"""One account as the rest of the program sees it: a frozen copy of its row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from idp.sealing import new_id


class AccountStatus(StrEnum):
    """active ⇄ locked → closed; a closed account never comes back."""

    ACTIVE = "active"
    LOCKED = "locked"
    CLOSED = "closed"


class Role(StrEnum):
    """What an operator may do: help customers, be the second of two persons, or run the installation."""

    SUPPORT = "support"
    APPROVER = "approver"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Account:
    """The columns of `accounts/table.py`. Times are NumericDate seconds."""

    id: str
    login_email: str
    locale: str
    created_at: int
    updated_at: int
    email_verified_at: int | None = None
    login_name: str | None = None
    phone: str | None = None
    phone_verified_at: int | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)
    terms_version: str | None = None
    terms_accepted_at: int | None = None
    status: AccountStatus = AccountStatus.ACTIVE
    status_reason: str | None = None
    roles: tuple[Role, ...] = ()
    otp_demanded_at: int | None = None  # support took OTP away: it has to be set up again

    @property
    def is_active(self) -> bool:
        return self.status is AccountStatus.ACTIVE

    @property
    def is_operator(self) -> bool:
        """Whether the account may do anything but manage itself."""
        return bool(self.roles)

    @property
    def email_is_verified(self) -> bool:
        return self.email_verified_at is not None

    @property
    def phone_is_verified(self) -> bool:
        return self.phone is not None and self.phone_verified_at is not None

    @property
    def display_name(self) -> str:
        """What pages and messages call the person: the name if there is one, else the login email."""
        name = self.profile.get("name")
        return name if isinstance(name, str) and name else self.login_email


def new_account_id() -> str:
    """An id that no client has: `acc_` and 128 random bits."""
    return f"acc_{new_id()}"
