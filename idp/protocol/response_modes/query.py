"""`query`: appended to the redirect URI's own query (RFC 6749 §3.1.2, §4.1.2)."""

from collections.abc import Mapping
from urllib.parse import urlencode

from idp.protocol.response_modes.mode import Delivery, ResponseMode


def in_query(redirect_uri: str, parameters: Mapping[str, str]) -> Delivery:
    separator = "&" if "?" in redirect_uri else "?"
    return Delivery(f"{redirect_uri}{separator}{urlencode(parameters)}")


QUERY = ResponseMode("query", in_query, shows_in_logs=True)
