"""`authorization_details`: of types that are declared here and registered for the client (RFC 9396 §2)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.authorization_details import read_details


def check_authorization_details(asked: Asked) -> Mapping[str, Any]:
    details = read_details(
        asked.get("authorization_details"), asked.detail_types, allowed=asked.client.authorization_details_types
    )
    return {"authorization_details": details}
