"""Which claims there are."""

from collections.abc import Mapping
from typing import Any

from idp.protocol.scopes import CLAIMS_OF_SCOPE
from idp.wiring import Wiring

_TOKEN_CLAIMS = ("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash", "ua_binding")


def claims(wiring: Wiring) -> Mapping[str, Any]:
    return {
        "claim_types_supported": ["normal"],
        "claims_supported": sorted({*_TOKEN_CLAIMS, *(claim for all_ in CLAIMS_OF_SCOPE.values() for claim in all_)}),
        "claims_parameter_supported": True,
        "claims_locales_supported": list(wiring.localization.available),
    }
