"""What the authorization endpoint answers, and how."""

from collections.abc import Mapping
from typing import Any

from idp.wiring import Wiring


def authorization(_: Wiring) -> Mapping[str, Any]:
    return {
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "authorization_response_iss_parameter_supported": True,  # RFC 9207 §3
    }
