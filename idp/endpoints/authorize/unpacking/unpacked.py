"""An authorization request out of its wrapping: what counts, and how it came."""

from collections.abc import Mapping
from typing import NamedTuple

from idp.clients.client import Client
from idp.protocol.errors import OAuthError


class Unpacked(NamedTuple):
    """`refusal`: what it came in is not good. The parameters are then as much of it as needs no proof."""

    client: Client | None
    parameters: Mapping[str, str]
    is_signed: bool = False
    pushed_request: str | None = None  # the id of a pushed request: its completion spends it
    refusal: OAuthError | None = None
