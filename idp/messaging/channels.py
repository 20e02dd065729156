"""What a channel is: a way out of the outbox, and how patiently it is used."""

from dataclasses import dataclass
from typing import Protocol

import structlog

from idp.messaging.answers import clean_answer
from idp.messaging.compose import Composer
from idp.messaging.gateways import Delivery, Gateway
from idp.messaging.outbox import open_payload
from idp.messaging.store import ClaimedMessage
from idp.sealing import MasterKeys

log = structlog.get_logger(__name__)


class NotSendable(Exception):
    """The message is of a kind that no try can send; what is said stands in its row."""


@dataclass(frozen=True, slots=True)
class Pace:
    """`tries` in all, with `delays` in seconds between them; `parallel`: how many messages are sent at once.

    `pauses`: all of them go through one gateway, which is left alone for a while once it fails again and again.
    """

    tries: int
    delays: tuple[int, ...]
    parallel: int = 1
    pauses: bool = True


class Channel(Protocol):
    """`name` stands in the outbox's column `channel`, `gateway_name` in the row of what it sent."""

    @property
    def name(self) -> str: ...

    @property
    def gateway_name(self) -> str: ...

    @property
    def repeats_safely(self) -> bool:
        """Whether a message of unknown outcome may be sent again."""
        ...

    @property
    def pace(self) -> Pace: ...

    async def send(self, message: ClaimedMessage) -> Delivery:
        """What became of one try; raises `NotSendable`."""
        ...

    async def close(self) -> None:
        """Ends what was kept open for the next message."""
        ...


class ComposedChannel:
    """Mails or SMS: words are composed at each try, and go through one gateway."""

    def __init__(self, name: str, gateway: Gateway, *, keys: MasterKeys, composer: Composer, pace: Pace) -> None:
        self.name = name
        self.pace = pace
        self._gateway = gateway
        self._keys = keys
        self._composer = composer

    @property
    def gateway_name(self) -> str:
        return self._gateway.name

    @property
    def repeats_safely(self) -> bool:
        return self._gateway.repeats_safely

    async def send(self, message: ClaimedMessage) -> Delivery:
        try:
            locale, values = open_payload(self._keys, message.id, message.sealed_payload or b"")
            envelope = self._composer.compose(message, locale, values)
        except Exception as error:
            # Whatever is wrong with this message must not keep the others waiting.
            log.exception("message_not_composable", id=message.id, kind=message.kind)
            raise NotSendable(f"not composable: {type(error).__name__}") from error
        delivery = await self._gateway.send(envelope)
        return Delivery(delivery.outcome, clean_answer(delivery.answer, (envelope.code, *envelope.links)))

    async def close(self) -> None:
        await self._gateway.close()
