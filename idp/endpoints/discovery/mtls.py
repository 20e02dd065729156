"""Where clients with certificates go (RFC 8705 §5): the same endpoints, at the host that asks for one."""

from collections.abc import Mapping
from typing import Any

from idp.settings import Settings
from idp.web.middleware.host import MTLS_PATHS


def mtls_endpoint_aliases(metadata: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """One for each endpoint of the metadata that clients call; nothing where there is no such host."""
    if not settings.mtls_url:
        return {}
    paths = {
        name: address.removeprefix(settings.issuer) for name, address in metadata.items() if name.endswith("_endpoint")
    }
    aliases = {name: f"{settings.mtls_url}{path}" for name, path in paths.items() if path in MTLS_PATHS}
    return {"mtls_endpoint_aliases": aliases}
