"""What the authorization endpoint answers, and how."""

from collections.abc import Mapping
from typing import Any

from idp.clients.client import SIGNING_ALGORITHMS
from idp.protocol.encrypted_to_client import CONTENT_ENCRYPTIONS, ENCRYPTION_ALGORITHMS
from idp.protocol.response_modes import RESPONSE_MODE_NAMES
from idp.protocol.response_types import ResponseType
from idp.wiring import Wiring


def authorization(_: Wiring) -> Mapping[str, Any]:
    return {
        "response_types_supported": list(ResponseType),
        "response_modes_supported": list(RESPONSE_MODE_NAMES),
        "authorization_response_iss_parameter_supported": True,  # RFC 9207 §3
        "authorization_signing_alg_values_supported": list(SIGNING_ALGORITHMS),  # JARM §4
        "authorization_encryption_alg_values_supported": list(ENCRYPTION_ALGORITHMS),
        "authorization_encryption_enc_values_supported": list(CONTENT_ENCRYPTIONS),
    }
