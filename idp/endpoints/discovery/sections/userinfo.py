"""How UserInfo can be answered, beside plain JSON."""

from collections.abc import Mapping
from typing import Any

from idp.clients.client import SIGNING_ALGORITHMS
from idp.protocol.encrypted_to_client import CONTENT_ENCRYPTIONS, ENCRYPTION_ALGORITHMS
from idp.wiring import Wiring


def userinfo(_: Wiring) -> Mapping[str, Any]:
    """OIDC Discovery §3."""
    return {
        "userinfo_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "userinfo_encryption_alg_values_supported": list(ENCRYPTION_ALGORITHMS),
        "userinfo_encryption_enc_values_supported": list(CONTENT_ENCRYPTIONS),
    }
