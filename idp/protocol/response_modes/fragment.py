"""`fragment`: behind `#`, where only the browser sees it. A registered redirect URI has no fragment of its own."""

from collections.abc import Mapping
from urllib.parse import urlencode

from idp.protocol.response_modes.mode import Delivery, ResponseMode


def in_fragment(redirect_uri: str, parameters: Mapping[str, str]) -> Delivery:
    return Delivery(f"{redirect_uri}#{urlencode(parameters)}")


FRAGMENT = ResponseMode("fragment", in_fragment)
