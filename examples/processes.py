"""Child processes of `make run`: started together, watched, and ended together without a trace."""

import asyncio
import contextlib
import os
import signal
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_TAIL_LINES = 12
_SECONDS_TO_END = 8
_LONGEST_LINE = 1024 * 1024


class Child:
    """One program. Its standard error goes to a log file, and the last lines of it into `tail`."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.log = log
        self.tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._process = process
        self._reader = asyncio.create_task(self._keep_log())

    @classmethod
    async def start(cls, name: str, command: Sequence[str], *, environment: Mapping[str, str], log: Path) -> "Child":
        """Starts the program in a session of its own, so that Ctrl-C reaches it only through `end`."""
        process = await asyncio.create_subprocess_exec(
            *command,
            env=dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            limit=_LONGEST_LINE,
        )
        return cls(name, process, log)

    async def read_output(self, handle: Callable[[str], None]) -> None:
        """Gives each line of standard output to `handle` until the program closes it."""
        assert self._process.stdout is not None  # noqa: S101 (start() asked for a pipe)
        async for line in self._process.stdout:
            handle(line.decode(errors="replace").rstrip("\n"))

    async def ended(self) -> int:
        """Waits until the program is gone and its last words are read; returns its exit code."""
        code = await self._process.wait()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._reader), timeout=1)
        return code

    async def end(self) -> None:
        """Asks the program and its children to stop, and insists after a while."""
        if self._process.returncode is None:
            self._send(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), timeout=_SECONDS_TO_END)
        # Whoever of the session is still there, the program or a child that it left behind, goes now.
        self._send(signal.SIGKILL)
        await self._process.wait()
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader

    def _send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    async def _keep_log(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 (start() asked for a pipe)
        with contextlib.ExitStack() as stack:
            log = None
            # A full disk must not stop the reading: a program that cannot write its errors hangs.
            with contextlib.suppress(OSError):
                log = stack.enter_context(self.log.open("wb", buffering=0))
            async for line in self._process.stderr:
                self.tail.append(line.decode(errors="replace").rstrip())
                with contextlib.suppress(OSError):
                    if log is not None:
                        log.write(line)


async def answers(host: str, port: int, path: str) -> bool:
    """Whether a server there answers `path` with 200."""
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), timeout=2)
    except (OSError, TimeoutError):
        return False
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        status = await asyncio.wait_for(reader.readline(), timeout=2)
        return status.startswith(b"HTTP/1.1 200 ")
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
