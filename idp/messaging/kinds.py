"""Every message there is: the channels it travels by, and the values its templates cannot do without."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Channel = Literal["mail", "sms"]  # what people read; `notices` has the channel of relying parties
Kind = Literal[
    "verify_email",
    "account_exists",
    "verify_phone",
    "new_device",
    "login_after_failures",
    "otp_failed",
    "otp_enabled",
    "otp_disabled",
    "recovery_codes_made",
    "recovery_code_used",
    "lost_otp",
    "lost_otp_code",
    "otp_recovered",
    "password_changed",
    "email_changed",
    "phone_changed",
    "refresh_reuse",
    "sessions_ended",
    "account_locked",
    "case_received",
    "case_done",
    "case_rejected",
    "case_announced",
    "authorise_case",
    "email_hint",
    "email_revealed",
    "password_recovery",
    "backchannel_request",
]


@dataclass(frozen=True, slots=True)
class KindRules:
    """What one kind needs. `when`, `browser` and `address` may be given to any, and are then shown."""

    channels: tuple[Channel, ...] = ("mail",)
    needs: frozenset[str] = frozenset()


KINDS: Mapping[str, KindRules] = MappingProxyType(
    {
        "verify_email": KindRules(needs=frozenset({"code", "link"})),
        "account_exists": KindRules(),
        "verify_phone": KindRules(channels=("sms",), needs=frozenset({"code"})),
        "new_device": KindRules(needs=frozenset({"when", "browser", "address"})),
        "login_after_failures": KindRules(needs=frozenset({"when", "browser", "address"})),
        "otp_failed": KindRules(needs=frozenset({"when", "browser", "address"})),
        "otp_enabled": KindRules(),
        "otp_disabled": KindRules(channels=("mail", "sms")),
        "lost_otp": KindRules(needs=frozenset({"link"})),
        "lost_otp_code": KindRules(channels=("sms",), needs=frozenset({"code"})),
        "otp_recovered": KindRules(channels=("mail", "sms"), needs=frozenset({"link"})),
        "recovery_codes_made": KindRules(),
        "recovery_code_used": KindRules(needs=frozenset({"left"})),
        "password_changed": KindRules(channels=("mail", "sms")),
        "email_changed": KindRules(channels=("mail", "sms")),
        "phone_changed": KindRules(channels=("mail", "sms")),
        "refresh_reuse": KindRules(),
        "sessions_ended": KindRules(),
        "account_locked": KindRules(),
        "case_received": KindRules(needs=frozenset({"number", "until"})),
        "case_done": KindRules(needs=frozenset({"number"})),
        "case_rejected": KindRules(needs=frozenset({"number"})),
        "case_announced": KindRules(channels=("mail", "sms"), needs=frozenset({"number", "change", "until", "link"})),
        "authorise_case": KindRules(channels=("sms",), needs=frozenset({"code", "number", "change", "new_email"})),
        "email_hint": KindRules(needs=frozenset({"hint", "service", "link"})),
        "email_revealed": KindRules(needs=frozenset({"reason"})),
        "password_recovery": KindRules(needs=frozenset({"code", "link"})),
        "backchannel_request": KindRules(needs=frozenset({"application", "binding_message", "link"})),
    }
)
