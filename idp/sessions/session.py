"""A browser session as a value.

(first factor) partial ──everything the account demands──▶ active ──logout, expiry, lock, other browser──▶ ended
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Self

from idp.protocol.user_agent_binding import Binding
from idp.sessions.evidence import Evidence


class SessionStatus(StrEnum):
    PARTIAL = "partial"
    ACTIVE = "active"
    ENDED = "ended"


class EndReason(StrEnum):
    """Why a session ended: the same word in the audit log, at the desk and on the person's page."""

    LOGOUT = "logout"
    REPLACED = "replaced"
    USER_AGENT_CHANGED = "user_agent_changed"
    ACCOUNT_LOCKED = "account_locked"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason's name
    OTP_CHANGED = "otp_changed"
    RECOVERY_CHANGED = "recovery_changed"  # a way back into the account: its phone, its recovery codes
    REGISTERED_AGAIN = "registered_again"
    BY_OPERATOR = "by_operator"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lives: without use, and in all."""

    idle: timedelta
    total: timedelta


@dataclass(frozen=True, slots=True)
class BrowserSession:
    id: str
    account_id: str
    device_id: str
    status: SessionStatus
    evidence: Evidence
    remembered: bool
    binding: Binding
    created_at: int
    last_seen_at: int
    idle_expires_at: int
    expires_at: int
    ended_reason: EndReason | None = None

    @property
    def is_active(self) -> bool:
        return self.status is SessionStatus.ACTIVE

    def aged(self, lifetime: Lifetime, now: int, *, keeps_age: bool) -> Self:
        """Used now. `keeps_age`: how long it lives in all is counted from its last login, not from this use."""
        total = self.expires_at if keeps_age else now + int(lifetime.total.total_seconds())
        idle = now + int(lifetime.idle.total_seconds())
        return replace(self, last_seen_at=now, idle_expires_at=idle, expires_at=total)

    def is_alive(self, now: int) -> bool:
        """Whether the server still accepts it: neither ended, nor idle too long, nor too old."""
        return self.status is not SessionStatus.ENDED and now < min(self.idle_expires_at, self.expires_at)
