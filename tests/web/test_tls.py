"""TLS of the service itself: what a caller may agree on with it, and what not. Real handshakes throughout."""

import asyncio
import contextlib
import ssl
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from idp.administration.refusal import Refused
from idp.cli.serving_checks import read_tls
from idp.web.plain import PlainRequest, PlainResponse, plain_endpoint
from idp.web.tls import server_context
from tests.support.certificates import new_identity
from tests.web.serving import GUARD_SECONDS, PATIENT, serving, with_lifespan


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate and its key."""
    identity, certificate, key = new_identity("CN=localhost"), tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate.write_bytes(identity.certificate.public_bytes(Encoding.PEM))
    key.write_bytes(identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, key


async def _scheme(request: PlainRequest) -> PlainResponse:
    return PlainResponse(200, str(request.scope["scheme"]).encode(), {"content-type": "text/plain"})


_APP = with_lifespan(plain_endpoint(_scheme, methods=("GET",)))


def serving_tls(files: tuple[Path, Path], *, shares_its_port: bool = False) -> AbstractAsyncContextManager[int]:
    """The port of a running server."""
    return serving(_APP, PATIENT, tls=server_context(*files), shares_its_port=shares_its_port)


def caller(*, at_most: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3, ciphers: str = "") -> ssl.SSLContext:
    """Somebody who agrees to anything within these bounds."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = at_most
    if ciphers:
        context.set_ciphers(ciphers)
    return context


async def agreed(port: int, context: ssl.SSLContext) -> tuple[str, str, bytes]:
    """Version, cipher, and the last line of an answer; raises `OSError` for no agreement."""
    async with asyncio.timeout(GUARD_SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        answer = await reader.read()
        session: ssl.SSLObject = writer.get_extra_info("ssl_object")
        cipher = session.cipher()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return session.version() or "", cipher[0] if cipher else "", answer.rpartition(b"\r\n")[2]


@pytest.mark.requirement("OC-45", "OT-32")
@pytest.mark.parametrize("shares_its_port", [False, True], ids=["alone", "worker"])
async def test_what_is_sound_is_agreed_on(files: tuple[Path, Path], shares_its_port: bool) -> None:
    """1.3, and 1.2 with ECDHE and AES-GCM; the application knows that it is https. No handshake harms nobody else."""
    async with serving_tls(files, shares_its_port=shares_its_port) as port:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await agreed(port, caller(at_most=ssl.TLSVersion.TLSv1_2, ciphers="ECDHE+SHA1"))
        version, _, answer = await agreed(port, caller())
        assert (version, answer) == ("TLSv1.3", b"https")
        version, cipher, answer = await agreed(port, caller(at_most=ssl.TLSVersion.TLSv1_2))
        assert (version, answer) == ("TLSv1.2", b"https")
        assert cipher.startswith("ECDHE-ECDSA-AES")
        assert "GCM" in cipher


@pytest.mark.requirement("OC-45", "OT-32")
@pytest.mark.parametrize(
    "ciphers",
    ["ECDHE+AES:!AESGCM:!AESCCM", "ECDHE+CHACHA20", "ECDHE+AESCCM", "ECDHE+SHA1", "kRSA+AESGCM", "DHE+AESGCM"],
)
async def test_older_ciphers_are_refused(files: tuple[Path, Path], ciphers: str) -> None:
    """CBC, CCM, SHA-1, and keys without ECDHE: no handshake comes of it."""
    async with serving_tls(files) as port:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await agreed(port, caller(at_most=ssl.TLSVersion.TLSv1_2, ciphers=ciphers))


@pytest.mark.requirement("OC-45", "OT-32")
def test_older_versions_are_off(files: tuple[Path, Path]) -> None:
    """Whatever the machine's own OpenSSL would still allow: the context says so itself."""
    context = server_context(*files)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    of_1_2 = [cipher["name"] for cipher in context.get_ciphers() if cipher["protocol"] == "TLSv1.2"]
    assert of_1_2
    assert all(name.startswith("ECDHE-") and "-GCM-" in name for name in of_1_2)


def test_files_that_do_not_fit_are_refused_in_words(files: tuple[Path, Path]) -> None:
    """One alone, and the two exchanged."""
    certificate, key = files
    for given in ((certificate, None), (None, key), (key, certificate)):
        with pytest.raises(Refused):
            read_tls(*given)
    assert read_tls(None, None) is None
    assert read_tls(certificate, key) is not None
