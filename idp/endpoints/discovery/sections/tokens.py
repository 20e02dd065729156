"""How tokens are signed, and whom they name."""

from collections.abc import Mapping
from typing import Any

from idp.clients.client import SIGNING_ALGORITHMS
from idp.wiring import Wiring


def tokens(_: Wiring) -> Mapping[str, Any]:
    return {
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
    }
