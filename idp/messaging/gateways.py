"""What a gateway is: it is given one finished message and says what became of it. It never raises for a failure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """What became of one message."""

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"  # refused for now: worth another try
    PERMANENT = "permanent"  # refused for good
    UNKNOWN = "unknown"  # handed over, but the answer was lost: it may have arrived
    UNREACHABLE = "unreachable"  # the gateway itself is down or wrongly set up: this message was not tried at all


@dataclass(frozen=True, slots=True)
class Delivery:
    """The outcome, and the gateway's own words for operators."""

    outcome: Outcome
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One composed message to one recipient. An SMS has neither subject nor HTML."""

    id: str  # the same at every try: what a receiver needs to drop a duplicate
    channel: str
    recipient: str
    locale: str
    text: str
    at: int
    subject: str = ""
    html: str = ""
    links: tuple[str, ...] = ()
    code: str | None = None


class Gateway(Protocol):
    """A way out. `name` stands in the outbox row of what it sent."""

    @property
    def name(self) -> str: ...

    @property
    def repeats_safely(self) -> bool:
        """Whether a message of unknown outcome may be sent again: its receiver, or the provider, knows its id."""
        ...

    async def send(self, envelope: Envelope) -> Delivery: ...

    async def close(self) -> None:
        """Ends what was kept open for the next message, whose `send` opens it anew."""
        ...
