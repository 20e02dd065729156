"""How introspection is answered, where a JWT is asked for (RFC 9701 §7)."""

from collections.abc import Mapping
from typing import Any

from idp.clients.client import SIGNING_ALGORITHMS
from idp.protocol.encrypted_to_client import CONTENT_ENCRYPTIONS, ENCRYPTION_ALGORITHMS
from idp.wiring import Wiring


def introspection(_: Wiring) -> Mapping[str, Any]:
    return {
        "introspection_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "introspection_encryption_alg_values_supported": list(ENCRYPTION_ALGORITHMS),
        "introspection_encryption_enc_values_supported": list(CONTENT_ENCRYPTIONS),
    }
