"""Devices without a browser (RFC 8628 §4)."""

from collections.abc import Mapping
from typing import Any

from idp.wiring import Wiring


def device_authorization(wiring: Wiring) -> Mapping[str, Any]:
    return {"device_authorization_endpoint": f"{wiring.settings.issuer}/device_authorization"}
