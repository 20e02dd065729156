"""A listening socket that several processes share: each takes one connection at a time, and others have the next.

Event loops take all that wait at once. A proxy's or a load generator's connections, which live long, then end up in one
process while the others have nothing to do: measured with 64 of them and two workers, one of which got none.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable

_BACKLOG = 2048
_PAUSE_SECONDS = 1.0  # when the process may open no more files


class SharedListener:
    """Takes what `asyncio.Server` would for this process, from `start` to `close`."""

    def __init__(
        self, listener: socket.socket, make_protocol: Callable[[], asyncio.Protocol], *, tls: ssl.SSLContext | None
    ) -> None:
        self._listener = listener
        self._make_protocol = make_protocol
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._handshakes: set[asyncio.Task[None]] = set()
        self._is_closed = False

    def start(self) -> None:
        self._listener.setblocking(False)
        self._listener.listen(_BACKLOG)
        self._listen()

    def close(self) -> None:
        """What waits in the socket is for the others. Whoever made the socket closes it."""
        self._is_closed = True
        self._loop.remove_reader(self._listener.fileno())

    async def wait_closed(self) -> None:
        await asyncio.gather(*self._handshakes)

    def _listen(self) -> None:
        if not self._is_closed:
            self._loop.add_reader(self._listener.fileno(), self._take_one)

    def _take_one(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # another process has it, or it is gone
        except OSError:
            self._loop.remove_reader(self._listener.fileno())
            self._loop.call_later(_PAUSE_SECONDS, self._listen)
            return
        connection.setblocking(False)
        task = self._loop.create_task(self._connect(connection))
        self._handshakes.add(task)
        task.add_done_callback(self._handshakes.discard)

    async def _connect(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._make_protocol, connection, ssl=self._tls)
        except (OSError, TimeoutError):  # no handshake: the caller's affair
            connection.close()
