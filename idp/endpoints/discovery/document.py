"""The provider's metadata: the sum of its sections."""

from typing import Any

from idp.endpoints.discovery.mtls import mtls_endpoint_aliases
from idp.endpoints.discovery.sections import SECTIONS
from idp.wiring import Wiring


def provider_metadata(wiring: Wiring) -> dict[str, Any]:
    """Exactly what works; a test compares it with the routes and the tables."""
    metadata: dict[str, Any] = {}
    for section in SECTIONS:
        metadata |= section(wiring)
    return metadata | mtls_endpoint_aliases(metadata, wiring.settings)
