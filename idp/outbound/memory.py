"""What was read at addresses, kept for a while: each is read by one at a time, and not too often, whoever asks."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from idp.clock import Clock

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class _Read(Generic[_Value]):
    """`value` None: nothing usable was there."""

    value: _Value | None
    at: int


class OutboundMemory(Generic[_Value]):
    """One per process and kind of thing; of `most` names the least recently read are forgotten."""

    def __init__(self, clock: Clock, *, most: int) -> None:
        self._clock = clock
        self._most = most
        self._kept: OrderedDict[str, _Read[_Value]] = OrderedDict()
        self._reading: dict[str, asyncio.Lock] = {}

    async def get(
        self,
        name: str,
        *,
        lasts: Callable[[_Value | None], float],
        read: Callable[[_Value | None], Awaitable[_Value | None]],
    ) -> _Value | None:
        """`lasts`: the seconds for which a value, or None, counts. `read` is told the value before, and may keep it."""
        async with self._reading.setdefault(name, asyncio.Lock()):
            kept = self._kept.get(name)
            if kept is None or self._clock.now() - kept.at >= lasts(kept.value):
                kept = _Read(await read(kept.value if kept else None), self._clock.now())
                self._remember(name, kept)
        return kept.value

    def _remember(self, name: str, kept: _Read[_Value]) -> None:
        self._kept[name] = kept
        self._kept.move_to_end(name)
        while len(self._kept) > self._most:
            forgotten, _ = self._kept.popitem(last=False)
            self._reading.pop(forgotten, None)
