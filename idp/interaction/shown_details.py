"""Authorization details (RFC 9396) as a person is shown them."""

from typing import Any

from idp.protocol.authorization_details import DetailTypes
from idp.protocol.authorization_request import AuthorizationRequest


def shown_details(types: DetailTypes, request: AuthorizationRequest, locale: str) -> list[dict[str, Any]]:
    """Each detail under its type's title, with everything that it says."""
    return [
        {
            "title": types[detail["type"]].title(locale) if detail["type"] in types else detail["type"],
            "members": [
                {"name": name, "value": ", ".join(value) if isinstance(value, list) else value}
                for name, value in detail.items()
                if name != "type"
            ],
        }
        for detail in request.authorization_details
    ]
