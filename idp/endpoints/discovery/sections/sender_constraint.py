"""How tokens are bound to their sender."""

from collections.abc import Mapping
from typing import Any

from idp.protocol.dpop import DPOP_ALGORITHMS
from idp.wiring import Wiring


def sender_constraint(_: Wiring) -> Mapping[str, Any]:
    return {"dpop_signing_alg_values_supported": list(DPOP_ALGORITHMS)}  # RFC 9449 §5.1
