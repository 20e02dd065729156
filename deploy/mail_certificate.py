"""Makes the certificate of the mail catcher in `docker-compose.yml`: `python mail_certificate.py DIRECTORY HOST`.

Mail is never sent in the clear, not even on one machine, so the catcher needs a name that the provider can check.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def make_certificate(directory: Path, host: str) -> None:
    """Writes `host.crt` and `host.key`, its own authority, for two years; leaves an existing pair alone."""
    certificate_file, key_file = directory / f"{host}.crt", directory / f"{host}.key"
    if certificate_file.exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    begins = datetime.now(UTC) - timedelta(hours=1)  # noqa: TID251 - a tool outside the service, run once
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=730))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))


if __name__ == "__main__":
    make_certificate(Path(sys.argv[1]), sys.argv[2])
