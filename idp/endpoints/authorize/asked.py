"""What a check sees of an authorization request: the parameters, the client, and what this provider supports."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from idp.clients.client import Client
from idp.protocol.acr import AcrLevels
from idp.protocol.authorization_details import DetailTypes


class Asked(NamedTuple):
    """`is_pushed` and `is_signed` say how the request came. `detail_types` are the installation's.

    `read_hint` gives the account of an ID token of ours, else None.
    """

    parameters: Mapping[str, str]
    client: Client
    issuer: str
    detail_types: DetailTypes
    levels: AcrLevels
    read_hint: Callable[[str], str | None]
    is_signed: bool = False
    is_pushed: bool = False
    must_be_pushed: bool = False  # by the installation

    def get(self, name: str) -> str | None:
        return self.parameters.get(name)
