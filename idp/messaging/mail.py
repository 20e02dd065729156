"""Builds the RFC 5322 message of an envelope. The same envelope gives the same `Message-ID` and `Date` at every try."""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

from idp.messaging.gateways import Envelope


def build_mail(envelope: Envelope, *, sender: str, host: str) -> EmailMessage:
    """Text and HTML for exactly one recipient; raises `ValueError` for a line break in any header."""
    name, address = parseaddr(sender)
    mail = EmailMessage(policy=SMTP.clone(utf8=False))
    mail["From"] = Address(display_name=name, addr_spec=address)
    mail["To"] = Address(addr_spec=envelope.recipient)
    mail["Subject"] = envelope.subject
    mail["Date"] = datetime.fromtimestamp(envelope.at, tz=UTC)
    mail["Message-ID"] = f"<{envelope.id}@{host}>"
    # RFC 3834 §5: robots and holiday notices do not answer it.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(envelope.text, charset="utf-8", cte="quoted-printable")
    if envelope.html:
        mail.add_alternative(envelope.html, subtype="html", charset="utf-8", cte="quoted-printable")
    mail["Content-Language"] = envelope.locale  # last: add_alternative() moves Content-… headers into the text part
    return mail
