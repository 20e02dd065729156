"""Rich authorization requests: which types of details there are (RFC 9396 §10)."""

from collections.abc import Mapping
from typing import Any

from idp.wiring import Wiring


def authorization_details(wiring: Wiring) -> Mapping[str, Any]:
    types = list(wiring.detail_types)
    return {"authorization_details_types_supported": types} if types else {}
