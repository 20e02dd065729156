"""What an authorization request may ask for."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.checks.prompt import PROMPT_VALUES
from idp.protocol.scopes import STANDARD_SCOPES
from idp.wiring import Wiring


def authorization_request(wiring: Wiring) -> Mapping[str, Any]:
    return {
        "scopes_supported": list(STANDARD_SCOPES),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": list(PROMPT_VALUES),
        "display_values_supported": ["page", "popup", "touch", "wap"],
        "acr_values_supported": list(wiring.levels.ordered),
    }
