"""How tokens are signed and encrypted, and whom they name."""

from collections.abc import Mapping
from typing import Any

from idp.clients.client import SIGNING_ALGORITHMS
from idp.clients.subjects import SUBJECT_TYPES
from idp.protocol.encrypted_to_client import CONTENT_ENCRYPTIONS, ENCRYPTION_ALGORITHMS
from idp.wiring import Wiring


def tokens(_: Wiring) -> Mapping[str, Any]:
    return {
        "subject_types_supported": list(SUBJECT_TYPES),
        "id_token_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "id_token_encryption_alg_values_supported": list(ENCRYPTION_ALGORITHMS),
        "id_token_encryption_enc_values_supported": list(CONTENT_ENCRYPTIONS),
    }
