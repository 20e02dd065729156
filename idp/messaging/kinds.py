"""Every message there is: the channels it travels by, and the values its templates cannot do without."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Channel = Literal["mail", "sms"]
Kind = Literal[
    "verify_email",
    "account_exists",
    "verify_phone",
    "new_device",
    "otp_enabled",
    "otp_disabled",
    "password_changed",
    "email_changed",
    "phone_changed",
    "refresh_reuse",
    "sessions_ended",
    "account_locked",
    "password_recovery",
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
        "otp_enabled": KindRules(),
        "otp_disabled": KindRules(),
        "password_changed": KindRules(channels=("mail", "sms")),
        "email_changed": KindRules(),
        "phone_changed": KindRules(channels=("mail", "sms")),
        "refresh_reuse": KindRules(),
        "sessions_ended": KindRules(),
        "account_locked": KindRules(),
        "password_recovery": KindRules(needs=frozenset({"code", "link"})),
    }
)
