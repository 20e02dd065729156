"""One request to the support desk as the rest of the program sees it: a frozen copy of its row.

open ──approve──▶ done                                  (hint, general; phone-authorised changes)
  │                 ▲
  ├──approve──▶ needs_second ──another operator──▶ holding ──hold is over──▶ done
  │                          └── no hold needed ──────────────────────────▶ done
  ├──reject───▶ rejected            │
  └──────── the owner objects ──────┴───▶ objected       (from every state before `done`)
"""

from dataclasses import dataclass
from enum import StrEnum


class CaseKind(StrEnum):
    """What is asked for. The kinds that weaken an account are `WEAKENING`."""

    EMAIL_HINT = "email_hint"
    OTP_DEACTIVATION = "otp_deactivation"
    LOGIN_EMAIL_CHANGE = "login_email_change"
    NO_CHANNEL_LEFT = "no_channel_left"
    GENERAL = "general"


WEAKENING = frozenset({CaseKind.OTP_DEACTIVATION, CaseKind.LOGIN_EMAIL_CHANGE, CaseKind.NO_CHANNEL_LEFT})


class CaseStatus(StrEnum):
    """See the diagram above."""

    OPEN = "open"
    NEEDS_SECOND = "needs_second"
    HOLDING = "holding"
    DONE = "done"
    REJECTED = "rejected"
    OBJECTED = "objected"


OPEN_STATUSES = (CaseStatus.OPEN, CaseStatus.NEEDS_SECOND, CaseStatus.HOLDING)


@dataclass(frozen=True, slots=True)
class Case:
    """The columns of `support_cases`. Times are NumericDate seconds."""

    id: str
    number: str  # what people quote, such as `K7F3-9QXM`
    kind: CaseKind
    status: CaseStatus
    account_id: str | None
    contact_email: str
    locale: str
    service: str
    old_email: str
    new_email: str
    phone: str
    message: str
    topic: str
    created_at: int
    due_at: int
    updated_at: int
    first_approver: str | None = None
    second_approver: str | None = None
    phone_authorised_at: int | None = None
    hold_until: int | None = None
    closed_at: int | None = None
    reason: str = ""

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def weakens_account(self) -> bool:
        """Whether it takes two operators (or the account's own phone) to do what it asks for."""
        return self.kind in WEAKENING
