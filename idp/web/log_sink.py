"""Where log lines go when nobody may wait for them: a thread writes, and what it cannot keep is counted (LG-12).

A pipe that nobody reads, or a disk that is full, would otherwise stop the event loop in the middle of a login. Security
events do not depend on it: they are rows of the database.

The thread is woken at most fifty times a second and writes what has come until then: waking it for every line took
12 µs from each request. A process that is killed loses the lines of its last 20 ms.
"""

import contextlib
import io
import json
import threading
import time
from collections import deque
from typing import TextIO

from idp import metrics

_LINES_KEPT = 10_000
_GATHERED_SECONDS = 0.02
_LAST_WORDS_SECONDS = 2.0


class DetachedSink(io.TextIOBase):
    """A stream whose `write` never blocks. Lines beyond `lines_kept` are dropped; a line then says how many."""

    def __init__(self, target: TextIO, *, lines_kept: int = _LINES_KEPT) -> None:
        self._target = target
        self._lines_kept = lines_kept
        self._lines: deque[str] = deque()
        self._unfinished = ""
        self._lock = threading.Lock()
        self._work = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self.lost = 0
        self._told = 0
        threading.Thread(target=self._write_for_ever, name="log", daemon=True).start()

    def write(self, text: str) -> int:
        with self._lock:
            if not self._unfinished and text.find("\n") == len(text) - 1 and len(self._lines) < self._lines_kept:
                self._lines.append(text[:-1])  # as nearly all that comes
            else:
                self._write_any(text)
        if self._lines and not self._work.is_set():
            self._idle.clear()
            self._work.set()
        return len(text)

    def _write_any(self, text: str) -> None:
        *complete, self._unfinished = (self._unfinished + text).split("\n")
        room = self._lines_kept - len(self._lines)
        self._lines.extend(complete[:room])
        self._lose(len(complete[room:]))

    def finish(self) -> None:
        """At the end of the process: gives the last lines two seconds to get out."""
        self._idle.wait(_LAST_WORDS_SECONDS)

    def isatty(self) -> bool:
        return False

    def _write_for_ever(self) -> None:
        while self._work.wait():
            time.sleep(_GATHERED_SECONDS)
            self._work.clear()
            while lines := self._taken():
                self._write_lines(lines)
            if not self._work.is_set():
                self._idle.set()

    def _taken(self) -> list[str]:
        with self._lock:
            lines = list(self._lines)
            self._lines.clear()
        return lines

    def _write_lines(self, lines: list[str]) -> None:
        try:
            self._target.write("".join([line + "\n" for line in lines]))
            self._target.flush()
            self._tell()
        except (OSError, ValueError):  # full, or closed: nothing to do but count
            with self._lock:
                self._lose(len(lines))

    def _lose(self, lines: int) -> None:
        if lines:
            self.lost += lines
            metrics.log_lines_lost.inc(lines)

    def _tell(self) -> None:
        if self.lost == self._told or self._lines:
            return
        lost, self._told = self.lost, self.lost
        with contextlib.suppress(OSError, ValueError):
            self._target.write(json.dumps({"event": "log_lines_lost", "level": "error", "lost": lost}) + "\n")
            self._target.flush()
