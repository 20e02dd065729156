"""How tokens are bound to their sender."""

from collections.abc import Mapping
from typing import Any

from idp.protocol.dpop import DPOP_ALGORITHMS
from idp.wiring import Wiring


def sender_constraint(wiring: Wiring) -> Mapping[str, Any]:
    members: dict[str, Any] = {"dpop_signing_alg_values_supported": list(DPOP_ALGORITHMS)}  # RFC 9449 §5.1
    if wiring.settings.client_certificate_header:
        members["tls_client_certificate_bound_access_tokens"] = True  # RFC 8705 §3.3
    return members
