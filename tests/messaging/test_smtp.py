"""The SMTP gateway against a real server: up, down, slow, refusing, and cut off."""

import asyncio
import re
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from idp.messaging.gateways import Outcome
from idp.messaging.smtp import SmtpGateway
from idp.messaging.smtp import SmtpServer as Server
from tests.messaging.letters import NOW, an_envelope
from tests.messaging.smtp_server import CUT, HANG, Certificate, SmtpServer


def gateway_to(port: int, certificate: Certificate, **changes: str) -> SmtpGateway:
    return SmtpGateway(
        Server(host=changes.pop("host", "localhost"), port=port, timeout=0.3, **changes),
        sender="no-reply@example.com",
        message_host="login.example.com",
        tls_context=certificate.client_context(),
    )


async def test_a_mail_arrives_whole(smtp_server: SmtpServer, smtp_gateway: SmtpGateway) -> None:
    """Sender, the one recipient, subject, date, id, both bodies and the automatic mark are as they should be."""
    envelope = an_envelope(text="Kód: 482913\n.\n", html="<p>Kód</p>", locale="cs")
    delivery = await smtp_gateway.send(envelope)
    await smtp_gateway.close()
    assert (delivery.outcome, delivery.answer) == (Outcome.ACCEPTED, "250 2.0.0 queued as 4711")
    (mail,) = smtp_server.messages
    assert smtp_server.handler.recipients == [["lucie@example.net"]]
    assert mail["From"] == "Keygate <no-reply@example.com>"
    assert mail["To"] == "lucie@example.net"
    assert mail["Subject"] == "Example Ltd – Verify your email: 482 913"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "cs"
    assert mail["Message-ID"] == f"<{envelope.id}@login.example.com>"
    assert parsedate_to_datetime(mail["Date"]).timestamp() == NOW
    text, html = mail.iter_parts()
    assert text.get_content().replace("\r\n", "\n") == envelope.text
    assert html.get_content().strip() == envelope.html
    assert not set(mail.keys()) & {"Cc", "Bcc", "Reply-To"}
    assert max(map(len, smtp_server.handler.raw[0].split(b"\r\n"))) <= 998  # RFC 5322 §2.1.1


async def test_a_batch_shares_one_connection(smtp_server: SmtpServer, smtp_gateway: SmtpGateway) -> None:
    """Three mails, one connection; after `close` the next mail opens another."""
    for _ in range(3):
        assert (await smtp_gateway.send(an_envelope())).outcome is Outcome.ACCEPTED
    assert len(smtp_server.handler.connections) == 1
    await smtp_gateway.close()
    assert (await smtp_gateway.send(an_envelope())).outcome is Outcome.ACCEPTED
    await smtp_gateway.close()
    assert len(smtp_server.messages) == 4


async def test_a_kept_connection_that_died_is_replaced(smtp_server: SmtpServer, smtp_gateway: SmtpGateway) -> None:
    """The server restarts between two mails of a batch: the second one arrives at the first try."""
    assert (await smtp_gateway.send(an_envelope())).outcome is Outcome.ACCEPTED
    await smtp_server.stop()
    await smtp_server.start()
    assert (await smtp_gateway.send(an_envelope())).outcome is Outcome.ACCEPTED
    await smtp_gateway.close()
    assert len(smtp_server.messages) == 2


@pytest.mark.requirement("RB-04")
async def test_a_server_that_is_down_tries_no_message(free_port: int, certificate: Certificate) -> None:
    """Nobody listens: the gateway is unreachable, which is no fault of the message."""
    delivery = await gateway_to(free_port, certificate).send(an_envelope())
    assert delivery.outcome is Outcome.UNREACHABLE


@pytest.mark.requirement("RB-05")
@pytest.mark.parametrize(
    ("step", "answer", "outcome"),
    [
        ("mail", "451 4.3.0 later", Outcome.TEMPORARY),
        ("mail", "550 5.7.1 not you", Outcome.PERMANENT),
        ("mail", HANG, Outcome.TEMPORARY),
        ("rcpt", "450 4.2.0 greylisted", Outcome.TEMPORARY),
        ("rcpt", "550 5.1.1 no such mailbox", Outcome.PERMANENT),
        ("data", "452 4.3.1 full", Outcome.TEMPORARY),
        ("data", "554 5.7.1 spam", Outcome.PERMANENT),
        ("data", CUT, Outcome.UNKNOWN),
        ("data", HANG, Outcome.UNKNOWN),
    ],
)
async def test_each_refusal_has_its_outcome(
    smtp_server: SmtpServer, smtp_gateway: SmtpGateway, step: str, answer: str, outcome: Outcome
) -> None:
    """4yz may be tried again, 5yz may not, silence ends at the time limit; a later mail is not affected."""
    getattr(smtp_server.handler, step).append(answer)
    delivery = await smtp_gateway.send(an_envelope())
    assert delivery.outcome is outcome
    if re.match(r"[45]", answer):
        assert delivery.answer == answer
    assert (await smtp_gateway.send(an_envelope())).outcome is Outcome.ACCEPTED
    await smtp_gateway.close()


@pytest.mark.requirement("OU-08")
async def test_nothing_is_sent_in_the_clear(certificate: Certificate, free_port: int) -> None:
    """A server without STARTTLS gets no mail, and a mode without TLS cannot be configured."""
    async with SmtpServer(certificate, free_port, offers_tls=False).running() as server:
        delivery = await gateway_to(free_port, certificate).send(an_envelope())
    assert delivery.outcome is Outcome.UNREACHABLE
    assert server.messages == []
    with pytest.raises(ValueError, match="never sent in the clear"):
        gateway_to(free_port, certificate, tls="none")


@pytest.mark.requirement("OU-08")
async def test_tls_from_the_first_byte(certificate: Certificate, free_port: int, tmp_path: Path) -> None:
    """RFC 8314 §3.3: the mail arrives over it; a certificate of another authority gets none."""
    async with SmtpServer(certificate, free_port, tls_at_once=True).running() as server:
        gateway = gateway_to(free_port, certificate, tls="tls")
        assert (await gateway.send(an_envelope())).outcome is Outcome.ACCEPTED
        await gateway.close()
        stranger = gateway_to(free_port, Certificate(tmp_path / "stranger.pem"), tls="tls")
        assert (await stranger.send(an_envelope())).outcome is Outcome.UNREACHABLE
        assert len(server.messages) == 1


@pytest.mark.requirement("RB-05")
async def test_a_server_that_says_nothing_is_given_up(free_port: int, certificate: Certificate) -> None:
    """It takes the connection and never greets: unreachable after the time limit, and no message was tried."""
    given_up: asyncio.Queue[None] = asyncio.Queue()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the client has had enough
        writer.close()
        given_up.put_nowait(None)

    async with await asyncio.start_server(say_nothing, "localhost", free_port):
        for tls in ("starttls", "tls"):
            delivery = await gateway_to(free_port, certificate, tls=tls).send(an_envelope())
            assert delivery.outcome is Outcome.UNREACHABLE
            await given_up.get()


@pytest.mark.requirement("OU-08")
async def test_a_certificate_that_does_not_fit_gets_no_mail(
    smtp_server: SmtpServer, certificate: Certificate, tmp_path: Path
) -> None:
    """Neither an unknown issuer nor a certificate of another name is accepted."""
    stranger = Certificate(tmp_path / "stranger.pem")
    assert (await gateway_to(smtp_server.port, stranger).send(an_envelope())).outcome is Outcome.UNREACHABLE
    other_name = Certificate(tmp_path / "other.pem", host="mail.example.org")
    await smtp_server.stop()
    async with SmtpServer(other_name, smtp_server.port).running() as server:
        delivery = await gateway_to(server.port, other_name).send(an_envelope())
        assert delivery.outcome is Outcome.UNREACHABLE
        assert "certificate" in delivery.answer.lower()
        assert server.messages == []


async def test_a_wrong_password_does_not_cost_the_message(certificate: Certificate, free_port: int) -> None:
    """Authentication failing is the operator's problem; with the right password the mail goes out."""
    async with SmtpServer(certificate, free_port, password="right").running() as server:
        wrong = gateway_to(free_port, certificate, username="idp", password="wrong")
        delivery = await wrong.send(an_envelope())
        assert (delivery.outcome, delivery.answer[:3]) == (Outcome.UNREACHABLE, "535")
        right = gateway_to(free_port, certificate, username="idp", password="right")
        assert (await right.send(an_envelope())).outcome is Outcome.ACCEPTED
        await right.close()
        assert len(server.messages) == 1


@pytest.mark.requirement("RC-21")
@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "hello\r\nBcc: victim@example.org"},
        {"recipient": "lucie@example.net\r\nBcc: victim@example.org"},
        {"recipient": "lucie@example.net>\r\nRCPT TO:<victim@example.org"},
        {"recipient": "lucie@example.net, victim@example.org"},
        {"id": "x\r\nBcc: victim@example.org"},
    ],
)
async def test_headers_cannot_be_injected(
    smtp_server: SmtpServer, smtp_gateway: SmtpGateway, changes: dict[str, str]
) -> None:
    """A line break or a second address in any header value is refused before the server hears of it."""
    delivery = await smtp_gateway.send(an_envelope(**changes))
    await smtp_gateway.close()
    assert delivery.outcome is Outcome.PERMANENT
    assert smtp_server.messages == []


async def test_the_gateway_does_not_show_its_password() -> None:
    """A settings object in a log or a traceback keeps the secret."""
    assert "hunter2" not in repr(Server(host="localhost", password="hunter2"))
