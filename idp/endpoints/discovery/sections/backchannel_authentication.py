"""Client-Initiated Backchannel Authentication (CIBA Core 1.0 §4)."""

from collections.abc import Mapping
from typing import Any

from idp.clients.backchannel_authentication import DELIVERY_MODES, REQUEST_ALGORITHMS
from idp.wiring import Wiring


def backchannel_authentication(wiring: Wiring) -> Mapping[str, Any]:
    return {
        "backchannel_authentication_endpoint": f"{wiring.settings.issuer}/bc-authorize",
        "backchannel_token_delivery_modes_supported": list(DELIVERY_MODES),
        "backchannel_authentication_request_signing_alg_values_supported": list(REQUEST_ALGORITHMS),
        "backchannel_user_code_parameter_supported": False,
    }
