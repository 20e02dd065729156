"""Processes that share a port share its connections, too. Two listeners in one event loop stand for two of them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from idp.web.listening import bind
from idp.web.sharing import SharedListener

_GUARD_SECONDS = 10
_CALLERS = 10


class Process:
    """One of those that share, and how many connections it was given."""

    def __init__(self) -> None:
        self.taken = 0
        self.changed = asyncio.Event()

    def make_protocol(self) -> asyncio.Protocol:
        self.taken += 1
        self.changed.set()
        return asyncio.Protocol()

    async def has_taken(self, count: int) -> None:
        async with asyncio.timeout(_GUARD_SECONDS):
            while self.taken < count:
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def callers(port: int) -> AsyncIterator[None]:
    """Ten connections that nobody has taken yet."""
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(_CALLERS):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            stack.callback(writer.close)
        yield


async def test_connections_of_one_moment_are_shared_out() -> None:
    """Each takes one and lets the other have the next, however many wait."""
    with bind("127.0.0.1", 0) as listener, listener.dup() as its_own:
        listener.listen()
        async with callers(listener.getsockname()[1]):
            processes = [Process(), Process()]
            shared = [
                SharedListener(each, process.make_protocol, tls=None)
                for each, process in zip((listener, its_own), processes, strict=True)
            ]
            for each in shared:
                each.start()
            for process in processes:
                await process.has_taken(_CALLERS // 2)
            for each in shared:
                each.close()
                await each.wait_closed()
    assert [process.taken for process in processes] == [_CALLERS // 2] * 2


async def test_what_waits_is_for_the_others() -> None:
    """A process that stops takes nothing more, and nothing of what waits is lost."""
    with bind("127.0.0.1", 0) as listener, listener.dup() as its_own:
        stopped, other = Process(), Process()
        first = SharedListener(listener, stopped.make_protocol, tls=None)
        first.start()
        first.close()
        async with callers(listener.getsockname()[1]):
            second = SharedListener(its_own, other.make_protocol, tls=None)
            second.start()
            await other.has_taken(_CALLERS)
            second.close()
            await second.wait_closed()
    assert stopped.taken == 0
