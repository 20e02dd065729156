"""Messages and envelopes to test with."""

from typing import Any

from idp.messaging.gateways import Envelope
from idp.messaging.kinds import KINDS, Channel, Kind
from idp.messaging.outbox import Message
from idp.messaging.store import ClaimedMessage
from idp.sealing import new_id

NOW = 1_768_478_400
VALUES: dict[str, str | int] = {
    "code": "482913",
    "link": "https://login.example.com/verify/email?t=abc",
    "when": NOW,
    "browser": "Firefox on Linux",
    "address": "192.0.2.7",
    "left": 9,
    "application": "Acme Bank",
    "binding_message": "Transfer 4711",
    "number": "K7F3-9QXM",
    "service": "example.com",
    "hint": "lu**@we***.c**",
    "change": "otp",
    "new_email": "lucie@example.org",
    "until": NOW + 259_200,
    "reason": "asked for it on the phone",
}


def needed_values(kind: str) -> dict[str, str | int]:
    return {name: VALUES[name] for name in KINDS[kind].needs}


def a_mail(kind: Kind = "verify_email", **changes: str | int) -> Message:
    return a_message("mail", kind, str(changes.pop("recipient", "lucie@example.net")), **changes)


def an_sms(kind: Kind = "verify_phone", *, recipient: str = "+420601123456", **changes: str | int) -> Message:
    return a_message("sms", kind, recipient, **changes)


def a_message(channel: Channel, kind: Kind, recipient: str, **changes: str | int) -> Message:
    expires_at = int(changes.pop("expires_at", NOW + 900))
    locale = str(changes.pop("locale", "en"))
    return Message(
        channel=channel,
        kind=kind,
        account_id="acc_1",
        recipient=recipient,
        locale=locale,
        values=needed_values(kind) | changes,
        expires_at=expires_at,
    )


def claimed(kind: str = "verify_email", channel: str = "mail") -> ClaimedMessage:
    return ClaimedMessage(
        id="i" * 22,
        channel=channel,
        kind=kind,
        account_id="acc_1",
        recipient="lucie@example.net" if channel == "mail" else "+420601123456",
        sealed_payload=b"",
        attempts=1,
        due_at=NOW + 300,
        created_at=NOW,
        expires_at=NOW + 900,
    )


def an_envelope(*, channel: str = "mail", **changes: str | int | tuple[str, ...]) -> Envelope:
    fields: dict[str, Any] = {
        "id": new_id(),
        "channel": channel,
        "recipient": "lucie@example.net" if channel == "mail" else "+420601123456",
        "locale": "en",
        "text": "482913 is your code.\n",
        "at": NOW,
        "subject": "Example Ltd – Verify your email: 482 913" if channel == "mail" else "",
        "html": "<p>482913</p>" if channel == "mail" else "",
        "code": "482913",
    }
    return Envelope(**(fields | changes))
