"""Several processes behind one listening socket: started, watched, replaced one after the other, stopped in good order.

    SIGTERM, SIGINT   every worker finishes what it has begun, then all is over
    SIGHUP            each worker is stopped once its successor answers; one that cannot start leaves all as it was
    a worker dies     another takes its place; what it had accepted is lost, what waits in the socket is not
    a worker hangs    it is killed: its event loop has run nothing for a minute, and so answers nobody

uvicorn's own supervisor (0.54) is not used: there one replacement that cannot start stops every worker, SIGTERM waits
for a restart under way, and workers outlive a supervisor that was killed.
"""

import asyncio
import contextlib
import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import NoReturn, Protocol

import structlog

# Not fork: threads and open connections do not survive it.
_SPAWN = multiprocessing.get_context("spawn")
_PAUSE_SECONDS = 5.0  # after a worker that could not start
_STOP_SECONDS = 15.0  # the ten of a graceful stop, and the end of the background work

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A worker's event loop reports every `seconds`; after `missed` of them in a row without a report it hangs.

    Counted, not measured by one long timer: a machine that was suspended wakes up to a clock that has gone on.
    """

    seconds: float = 10.0
    missed: int = 6


class Work(Protocol):
    """What each worker does, from a module of its own: it travels to the other process by its name."""

    def __call__(self, on_ready: Callable[[], None]) -> bool:
        """Serves until SIGTERM and calls `on_ready` in its event loop; False if it could not start."""


def run_workers(
    work: Work,
    *,
    count: int,
    on_stop: Callable[[], None],
    on_end: Callable[[int], None] = lambda _: None,
    heartbeat: Heartbeat = Heartbeat(),
) -> bool:
    """Keeps `count` workers running until SIGTERM or SIGINT. False: none runs, and the last one could not start.

    `on_stop` is called before they are stopped: whoever holds the listening socket, too, lets go of it, and new callers
    hear at once that nobody is there. `on_end` is called with the id of each that has ended.
    """
    return asyncio.run(_Supervisor(work, count, on_stop, on_end, heartbeat=heartbeat).run())


class _Supervisor:
    def __init__(
        self,
        work: Work,
        count: int,
        on_stop: Callable[[], None],
        on_end: Callable[[int], None],
        *,
        heartbeat: Heartbeat,
    ) -> None:
        self._work = work
        self._count = count
        self._on_stop = on_stop
        self._on_end = on_end
        self._heartbeat = heartbeat
        self._slots: list[_Worker] = []
        self._alive: set[_Worker] = set()  # a worker and its successor share a slot for a while
        self._wants_renewal = asyncio.Event()
        self._ended: asyncio.Future[bool]

    async def run(self) -> bool:
        loop = asyncio.get_running_loop()
        self._ended = loop.create_future()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end, True)
        loop.add_signal_handler(signal.SIGHUP, self._wants_renewal.set)
        self._slots = [self._start() for _ in range(self._count)]
        tasks = [asyncio.create_task(self._keep(slot)) for slot in range(self._count)]
        tasks.append(asyncio.create_task(self._renew_for_ever()))
        try:
            return await self._ended
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._on_stop()
            await asyncio.gather(*(worker.stop() for worker in self._alive))

    def _end(self, in_good_order: bool) -> None:
        if not self._ended.done():
            self._ended.set_result(in_good_order)

    def _start(self) -> "_Worker":
        worker = _Worker(self._work, self._heartbeat, on_end=self._forget)
        self._alive.add(worker)
        return worker

    def _forget(self, worker: "_Worker") -> None:
        self._alive.discard(worker)
        if worker.pid is not None:
            self._on_end(worker.pid)

    async def _keep(self, slot: int) -> None:
        """Whoever ends in this slot without being told to gets a successor."""
        while True:
            worker = self._slots[slot]
            await worker.ended.wait()
            if worker is not self._slots[slot]:
                continue  # it was replaced
            if worker.answered.result():
                log.error("worker_died", worker=worker.pid, exit_code=worker.exit_code)
            else:
                log.error("worker_could_not_start", worker=worker.pid, exit_code=worker.exit_code)
                if not self._alive:
                    return self._end(False)
                await asyncio.sleep(_PAUSE_SECONDS)
            if worker is self._slots[slot]:
                self._slots[slot] = self._start()

    async def _renew_for_ever(self) -> None:
        while True:
            await self._wants_renewal.wait()
            self._wants_renewal.clear()  # another SIGHUP from now on means another round
            log.info("workers_restarting")
            log.info("workers_restarted" if await self._renew() else "workers_not_restarted")

    async def _renew(self) -> bool:
        for slot in range(self._count):
            successor = self._start()
            if not await successor.answered:
                log.error("worker_could_not_start", worker=successor.pid, exit_code=successor.exit_code)
                return False
            before, self._slots[slot] = self._slots[slot], successor
            await before.stop()
        return True


class _Worker:
    """One process. Its end of a pipe says that it answers, again and again, and by closing that it is gone."""

    def __init__(self, work: Work, heartbeat: Heartbeat, *, on_end: Callable[["_Worker"], None]) -> None:
        loop = asyncio.get_running_loop()
        self.answered: asyncio.Future[bool] = loop.create_future()  # False: it ended before it did
        self.ended = asyncio.Event()
        self._on_end = on_end
        self._heartbeat = heartbeat
        self._missed = 0  # beats, since the last one that was heard
        self._pipe, its_end = _SPAWN.Pipe(duplex=False)
        self._process = _SPAWN.Process(target=_work_and_exit, args=(work, its_end, heartbeat))
        with _signals_of_the_terminal_held_back():
            self._process.start()
        its_end.close()
        loop.add_reader(self._pipe.fileno(), self._hear)

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """Once it has ended; negative: the signal that ended it."""
        return self._process.exitcode

    async def stop(self) -> None:
        """Returns when it is gone."""
        self._process.terminate()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self.ended.wait()
        except TimeoutError:
            log.warning("worker_killed", worker=self.pid)
            self._process.kill()
            await self.ended.wait()

    def _hear(self) -> None:
        try:
            self._pipe.recv_bytes()
        except (EOFError, OSError):
            asyncio.get_running_loop().remove_reader(self._pipe.fileno())
            self._pipe.close()
            self._process.join()
            if not self.answered.done():
                self.answered.set_result(False)
            self.ended.set()
            self._on_end(self)
        else:
            self._missed = 0
            if not self.answered.done():
                log.info("worker_answers", worker=self.pid)
                self.answered.set_result(True)
                self._watch()

    def _watch(self) -> None:
        if self.ended.is_set():
            return
        self._missed += 1
        if self._missed > self._heartbeat.missed:
            log.error("worker_hangs", worker=self.pid)
            self._process.kill()
        else:
            asyncio.get_running_loop().call_later(self._heartbeat.seconds, self._watch)


@contextmanager
def _signals_of_the_terminal_held_back() -> Iterator[None]:
    """A terminal sends Ctrl-C and its own end to every process. A worker that starts here never sees either: the
    supervisor does, and tells it what to do."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work_and_exit(work: Work, pipe: Connection, heartbeat: Heartbeat) -> NoReturn:
    """The whole life of a worker, in its own process."""
    # uvicorn raises SIGTERM again when it is done: the rest of the process is to end in good order, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    def on_ready() -> None:
        _report(pipe, heartbeat)
        _end_with_supervisor()

    sys.exit(0 if work(on_ready) else 1)


def _report(pipe: Connection, heartbeat: Heartbeat) -> None:
    """From the event loop, now and from now on, until there is nobody to hear it."""
    with contextlib.suppress(OSError):
        pipe.send_bytes(b"alive")
        asyncio.get_running_loop().call_later(heartbeat.seconds, _report, pipe, heartbeat)


def _end_with_supervisor() -> None:
    """Nobody would replace or stop this process if the supervisor were killed, and its port would stay taken."""
    supervisor, loop = multiprocessing.parent_process(), asyncio.get_running_loop()
    if supervisor is None:
        return

    def end() -> None:
        loop.remove_reader(supervisor.sentinel)
        signal.raise_signal(signal.SIGTERM)

    with contextlib.suppress(OSError):
        loop.add_reader(supervisor.sentinel, end)
