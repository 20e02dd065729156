"""One request of one flow: the scope it came in, the flow, the facts, and the ways on."""

from dataclasses import dataclass

from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, FlowSealer
from idp.web.scope import PageScope
from idp.wiring import Wiring


@dataclass(slots=True)
class Conversation:
    scope: PageScope
    flow: Flow
    facts: Facts
    sealer: FlowSealer

    @property
    def wiring(self) -> Wiring:
        return self.scope.wiring

    @property
    def now(self) -> int:
        return self.scope.now

    @property
    def locale(self) -> str:
        return self.scope.locale(self.flow.asked_locales)

    def url(self, path: str, flow: Flow | None = None) -> str:
        """The address of a prompt's page (or form) in this flow, without the last page's messages."""
        return self.sealer.url(path, flow or self.flow.without_messages())
