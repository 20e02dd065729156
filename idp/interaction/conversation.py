"""One request of one flow: the scope it came in, the flow, the facts, and the ways on."""

from dataclasses import dataclass, field

from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, FlowSealer, flow_url
from idp.web.scope import PageScope
from idp.wiring import Wiring


@dataclass(slots=True)
class Conversation:
    """`sealed`: flows with the seals they have already. A seal costs 60 µs, and most links of a page lead on in the
    flow that it came with: the login page has four, and seals nothing.
    """

    scope: PageScope
    flow: Flow
    facts: Facts
    sealer: FlowSealer
    sealed: list[tuple[Flow, str]] = field(default_factory=list)

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
        return flow_url(path, self.seal(flow or self.flow.without_messages()))

    def seal(self, flow: Flow) -> str:
        """The one that the flow has already, or a new one."""
        for known, seal in self.sealed:
            if known is flow or known == flow:
                return seal
        seal = self.sealer.seal(flow)
        self.sealed.append((flow, seal))
        return seal
