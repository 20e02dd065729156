"""How introspection is answered, where a JWT is asked for (RFC 9701 §7)."""

from collections.abc import Mapping
from typing import Any

from idp.clients.client import SIGNING_ALGORITHMS
from idp.wiring import Wiring


def introspection(_: Wiring) -> Mapping[str, Any]:
    return {"introspection_signing_alg_values_supported": list(SIGNING_ALGORITHMS)}
