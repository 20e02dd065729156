"""What a check sees of a backchannel authentication request."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.clients.client import Client
from idp.wiring import Wiring


@dataclass(frozen=True, slots=True)
class BackchannelAsked:
    """`parameters`: those of the form, or all of them out of the signed request."""

    parameters: Mapping[str, str]
    client: Client
    wiring: Wiring

    def get(self, name: str) -> str | None:
        return self.parameters.get(name)
