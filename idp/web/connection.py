"""One connection of uvicorn's: cuts off a caller that dribbles, which no ASGI code can see, and sends answers whole.

uvicorn waits for ever for the rest of a header block or body. Here each has a deadline that the next byte does not
move, and a connection that says nothing, reads nothing or sends too much is closed.
"""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from idp.web.plain import SEND_WHOLE_KEY, Scope

_MAX_HEAD_BYTES = 48 * 1024  # above the edge's own limit, so that the edge can answer in its own words
_MAX_MESSAGE_BYTES = 1024 * 1024  # 64 KiB of body in one-byte chunks, and then some
_MAX_CONNECTIONS = 8192
_LINGER_SECONDS = 5.0
_LAST_CALL_SECONDS = 1.0
_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds a caller may take."""

    head: float = 10.0  # from the connection, or from the first byte of a later request, to the end of its headers
    body: float = 15.0  # from there to the end of the body
    write: float = 15.0  # to make room for the answer
    keep_alive: float = 5.0  # of silence between two requests


class State(ServerState):
    """What connections know of their server."""

    is_stopping = False  # one that was accepted at the last moment is not asked to shut down any more


AnswerAtOnce = Callable[[Scope], bool]
"""Answers a request whose headers are complete, through the scope's `SEND_WHOLE_KEY`; False: it has done nothing."""


def never_at_once(_: Scope) -> bool:
    """For an application that has nothing prepared."""
    return False


class Connection(HttpToolsProtocol):
    """At any moment one of these holds: a deadline runs, or the application is at work.

    The deadline of what has begun starts when all that has arrived is read: most requests arrive whole, and need none.
    """

    deadlines = Deadlines()
    answer_at_once: AnswerAtOnce = staticmethod(never_at_once)

    _deadline: asyncio.TimerHandle | None = None
    _write_deadline: asyncio.TimerHandle | None = None
    _silence: asyncio.TimerHandle | None = None
    _answered_at = 0.0  # by the loop's clock
    _allowed = 0.0  # seconds for what has begun and is not complete: a head, or a body
    _in_head = False
    _query = b""  # of the request whose head has just been read
    _received = 0  # bytes since the last complete request

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > _MAX_CONNECTIONS:
            transport.abort()
            return
        self._expect_within(self.deadlines.head)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_expecting()
        self._stop_write_deadline()
        self._stop_listening_for_silence()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            self._linger()
        elif self._in_head and self._received > _MAX_HEAD_BYTES:
            self._refuse(_TOO_LARGE)
        elif self._received > _MAX_MESSAGE_BYTES:
            self.transport.abort()
        elif self._allowed:
            self._expect_within(self._allowed)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._allowed = self.deadlines.head

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_expecting()
        self._take_query()
        super().on_headers_complete()
        # RFC 9110 §6.5.1: trailers may be discarded. uvicorn would add them to the headers; here nobody reads them.
        self.headers = []
        self._allowed = self.deadlines.body

    def _take_query(self) -> None:
        """uvicorn takes an address apart letter by letter, and a flow has a thousand: 3 µs. What is left is short.

        Not for a request that has to wait for the one before.
        """
        cycle: Any = self.cycle
        if (cycle is None or cycle.response_complete) and b"#" not in self.url:
            self.url, _, self._query = self.url.partition(b"?")

    def on_message_complete(self) -> None:
        self._received = 0
        self._allowed = 0.0
        self._stop_expecting()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """As uvicorn's, but for the timer: that sets one with every answer and takes it away with the next request."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return self._linger()
        self.flow.resume_reading()
        if self.pipeline:
            return self._start_asgi_task(*self.pipeline.pop())
        self._answered_at = self.loop.time()
        if self._silence is None:
            self._expect_words_within(self.deadlines.keep_alive)
        return None

    def shutdown(self) -> None:
        """The server stops. A caller that is silent may be about to speak: what it sends now is still answered, as
        the last request of this connection. uvicorn would hang up on it, and no client sends a POST twice."""
        if not self._is_idle():
            cycle: Any = self.cycle
            if cycle is not None and not cycle.response_complete:
                cycle.keep_alive = False
            return
        self._stop_expecting()
        self._stop_listening_for_silence()
        self._answered_at = -math.inf  # more silence than this is not granted
        self._expect_words_within(_LAST_CALL_SECONDS)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stop_write_deadline()
        self._write_deadline = self.loop.call_later(self.deadlines.write, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_write_deadline()
        super().resume_writing()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if self._is_stopping:
            cycle.keep_alive = False
        scope: Any = cycle.scope
        if self._query:
            scope["query_string"], self._query = self._query, b""
        scope[SEND_WHOLE_KEY] = partial(self._send_whole, cycle)
        # Not while others wait for their turn: the end of one answer begins the next, each inside the other.
        if self.pipeline or not self.answer_at_once(scope):
            super()._start_asgi_task(cycle, app)

    def _send_whole(self, cycle: RequestResponseCycle, status: int, lines: bytes, body: bytes) -> bool:
        """Sends a complete answer, with its headers as lines. False: nothing was sent, it has to go as ASGI has it.

        uvicorn looks at each header of an answer by itself, and ours have fifteen: that takes 12 µs, this one.
        """
        if cycle.disconnected or cycle.response_started or self.flow.write_paused:
            return False
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        date = b"".join([b"%b: %b\r\n" % header for header in cycle.default_headers])
        end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
        self.transport.write(b"".join((STATUS_LINE[status], date, lines, end, body)))
        cycle.message_event.set()
        scope: Any = cycle.scope
        del scope[SEND_WHOLE_KEY]  # the two would hold each other, and wait for the search for garbage
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
        return True

    @property
    def _is_stopping(self) -> bool:
        return isinstance(self.server_state, State) and self.server_state.is_stopping

    def _is_idle(self) -> bool:
        cycle: Any = self.cycle  # None before the first request, whatever its annotation says
        return not self._in_head and (cycle is None or cycle.response_complete)

    def _expect_words_within(self, seconds: float) -> None:
        self._silence = self.loop.call_later(seconds, self._end_silence)

    def _end_silence(self) -> None:
        """Hangs up on a caller that has been silent since its last answer. One that spoke in the meantime is waited
        for from its latest answer: so a busy connection sets one timer in a while, and none with each request.
        """
        self._silence = None
        if not self._is_idle():
            return
        left = self._answered_at + self.deadlines.keep_alive - self.loop.time()
        if left > 0:
            self._expect_words_within(left)
        else:
            self.transport.close()
            self._linger()

    def _stop_listening_for_silence(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None

    def _expect_within(self, seconds: float) -> None:
        """Starts the deadline unless one runs: more bytes buy no more time."""
        if self._deadline is None:
            self._deadline = self.loop.call_later(seconds, self._cut)

    def _stop_expecting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _stop_write_deadline(self) -> None:
        if self._write_deadline is not None:
            self._write_deadline.cancel()
            self._write_deadline = None

    def _cut(self) -> None:
        cycle: Any = self.cycle
        is_answering = cycle is not None and cycle.response_started and not cycle.response_complete
        if self._received == 0 or is_answering:
            self.transport.abort()
        else:
            self._refuse(_TIMEOUT)

    def _refuse(self, answer: bytes) -> None:
        self._stop_expecting()
        self.transport.write(answer)
        self.transport.close()
        self._linger()

    def _linger(self) -> None:
        """A closing transport first empties its buffer, for ever if nobody reads."""
        self._stop_expecting()
        if self._write_deadline is None:
            self._write_deadline = self.loop.call_later(_LINGER_SECONDS, self.transport.abort)


def connection_with(deadlines: Deadlines, answer_at_once: AnswerAtOnce = never_at_once) -> type[Connection]:
    """uvicorn makes the protocol itself, so what it needs to know travels in the class."""
    known = {"deadlines": deadlines, "answer_at_once": staticmethod(answer_at_once)}
    return type("ConfiguredConnection", (Connection,), known)
