"""Authorization requests that are signed, by reference or pushed (OIDC Discovery §3, RFC 9101 §10.5, RFC 9126 §5)."""

from collections.abc import Mapping
from typing import Any

from idp.protocol.request_encryption import CONTENT_ALGORITHMS, KEY_ALGORITHM
from idp.protocol.signed_by_client import CLIENT_ALGORITHMS
from idp.wiring import Wiring


def request_objects(wiring: Wiring) -> Mapping[str, Any]:
    return {
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": list(CLIENT_ALGORITHMS),  # never `none`
        "request_object_encryption_alg_values_supported": [KEY_ALGORITHM],
        "request_object_encryption_enc_values_supported": list(CONTENT_ALGORITHMS),
        "require_signed_request_object": False,
        "pushed_authorization_request_endpoint": f"{wiring.settings.issuer}/par",
        "require_pushed_authorization_requests": wiring.settings.require_pushed_authorization_requests,
    }
