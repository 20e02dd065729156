"""A mail says the same as one that the standard library's mail package puts together by itself."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

import pytest

from idp.messaging.gateways import Envelope
from idp.messaging.mail import build_mail

SENDER = "Přihlášení <no-reply@login.example.com>"
TEXTS = [
    "Hello,\n\nsomebody signed in.\n",
    "no end of line",
    "ends in a space \n and a tab\t\n.\n..dots\nFrom somebody\n",
    "=_ and =3D, " + "ž" * 200 + "\n" + "long " * 60 + "\n\n\n",
    "日本語 😀 \u200f\n",
]


def _plainly(envelope: Envelope) -> EmailMessage:
    mail = EmailMessage(policy=SMTP.clone(utf8=False))
    name, address = parseaddr(SENDER)
    mail["From"] = Address(display_name=name, addr_spec=address)
    mail["To"] = Address(addr_spec=envelope.recipient)
    mail["Subject"] = envelope.subject
    mail["Date"] = datetime.fromtimestamp(envelope.at, tz=UTC)
    mail["Message-ID"] = f"<{envelope.id}@login.example.com>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(envelope.text, charset="utf-8", cte="quoted-printable")
    if envelope.html:
        mail.add_alternative(envelope.html, subtype="html", charset="utf-8", cte="quoted-printable")
    mail["Content-Language"] = envelope.locale
    return mail


def _read(mail: EmailMessage) -> tuple[set[tuple[str, str]], list[tuple[str, str, str]]]:
    """Its headers, and the type, encoding and words of its parts, as whoever receives it reads them."""
    content = mail.as_bytes()
    assert content.isascii()
    assert all(len(line) <= 78 for line in content.splitlines())
    received = message_from_bytes(content, policy=SMTP)
    assert isinstance(received, EmailMessage)
    headers = {(name, str(value)) for name, value in received.items() if name != "Content-Type"}
    parts = [part for part in received.walk() if not part.is_multipart()]
    assert received.is_multipart() == (len(parts) > 1)
    return headers, [
        (str(part["Content-Type"]), part["Content-Transfer-Encoding"], part.get_content()) for part in parts
    ]


@pytest.mark.parametrize("html", ["", *TEXTS])
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("subject", ["Sign-in", "Přihlášení z nového zařízení – " + "velmi " * 12])
def test_a_mail_reads_like_one_of_the_standard_library(subject: str, text: str, html: str) -> None:
    """Headers and words, of one part or two, with whatever lines mail programs are known to treat specially."""
    envelope = Envelope("i" * 22, "mail", "lucie@wedos.cz", "cs", text, 1_768_478_400, subject=subject, html=html)
    assert _read(build_mail(envelope, sender=SENDER, host="login.example.com")) == _read(_plainly(envelope))


def test_no_header_takes_a_second_line() -> None:
    """What would be a header of its own is refused."""
    envelope = Envelope("i" * 22, "mail", "lucie@wedos.cz", "cs", "text", 1, subject="one\r\nBcc: two@wedos.cz")
    with pytest.raises(ValueError, match="linefeed"):
        build_mail(envelope, sender=SENDER, host="login.example.com")
