"""Where log lines go when nobody may wait for them: a thread writes, and what it cannot keep is counted (LG-12).

A pipe that nobody reads, or a disk that is full, would otherwise stop the event loop in the middle of a login. Security
events do not depend on it: they are rows of the database.
"""

import contextlib
import io
import json
import queue
import threading
from typing import TextIO

from idp import metrics

_LINES_KEPT = 10_000
_LAST_WORDS_SECONDS = 2.0


class DetachedSink(io.TextIOBase):
    """A stream whose `write` never blocks. Lines beyond `lines_kept` are dropped; a line then says how many."""

    def __init__(self, target: TextIO, *, lines_kept: int = _LINES_KEPT) -> None:
        self._target = target
        self._lines: queue.Queue[str] = queue.Queue(lines_kept)
        self._unfinished = ""
        self._lock = threading.Lock()
        self.lost = 0
        self._told = 0
        threading.Thread(target=self._write_for_ever, name="log", daemon=True).start()

    def write(self, text: str) -> int:
        with self._lock:
            *complete, self._unfinished = (self._unfinished + text).split("\n")
            for line in complete:
                try:
                    self._lines.put_nowait(line + "\n")
                except queue.Full:
                    self._lose_one()
        return len(text)

    def finish(self) -> None:
        """At the end of the process: gives the last lines two seconds to get out."""
        ended = threading.Thread(target=self._lines.join, daemon=True)
        ended.start()
        ended.join(_LAST_WORDS_SECONDS)

    def isatty(self) -> bool:
        return False

    def _write_for_ever(self) -> None:
        while True:
            line = self._lines.get()
            try:
                self._target.write(line)
                self._target.flush()
                self._tell()
            except (OSError, ValueError):  # full, or closed: nothing to do but count
                with self._lock:
                    self._lose_one()
            finally:
                self._lines.task_done()

    def _lose_one(self) -> None:
        self.lost += 1
        metrics.log_lines_lost.inc()

    def _tell(self) -> None:
        if self.lost == self._told or not self._lines.empty():
            return
        lost, self._told = self.lost, self.lost
        with contextlib.suppress(OSError, ValueError):
            self._target.write(json.dumps({"event": "log_lines_lost", "level": "error", "lost": lost}) + "\n")
            self._target.flush()
