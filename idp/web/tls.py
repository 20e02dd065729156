"""TLS of the service itself, where no proxy ends it: 1.3, and 1.2 with forward secrecy and AES-GCM.

FAPI 2.0 Security Profile §5.2.1.
"""

import ssl
from pathlib import Path

_CIPHERS_OF_1_2 = "ECDHE+AESGCM"


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """PEM files: the chain, leaf first, and its private key. Raises `OSError` (`ssl.SSLError` too) or `ValueError`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS_OF_1_2)  # those of 1.3 are all sound, and not chosen here
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.load_cert_chain(certificate, key)
    return context
