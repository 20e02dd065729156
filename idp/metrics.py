"""What a process counts for Prometheus: every metric that there is, and the listener that shows them.

Numbers are in memory, each process has its own, and nothing waits for whoever reads them. Processes that are started
within `counting_together` keep theirs in files of one directory instead, which one listener adds up, those of processes
that have ended included.

A label takes its value from a list in the code (a route's template, a grant type, an error code, an event), never from
a request: so series are few, and name no client, account, address or path.

Children of a metric are looked up once and kept. Prometheus' own counter and histogram take 2.5 µs for a request, in
files 4.1 (`perf_counter`, Python 3.11, warm caches; twice as much among other work); so requests are tallied in 0.4,
and passed on to them when somebody reads. A token request costs 0.8 µs more, in files 1.4.
"""

import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import RestrictedRegistry

_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"  # read by prometheus-client when it is imported

# Seconds, from a signature in a fraction of a millisecond to the three seconds that a database is waited for.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

# Files have each request at once: whoever reads them does not ask this process.
_COUNTS_IN_FILES = _DIRECTORY in os.environ

_Series = tuple[str, int]  # a route, and the hundreds of the status
_Tally = list[float]  # how many requests took as long as each bucket says or longer than all, and their seconds

_NOTHING: _Tally = [0.0] * (len(BUCKETS) + 2)
_tallies: dict[_Series, _Tally] = {}  # since the process began
_passed_on: dict[_Series, _Tally] = {}  # of them
_passing_on = Lock()


class _Registry(CollectorRegistry):
    """Whoever reads it finds every request counted."""

    def collect(self) -> Iterable[Metric]:
        _pass_on()
        return super().collect()

    def restricted_registry(self, names: Iterable[str]) -> RestrictedRegistry:
        _pass_on()
        return super().restricted_registry(names)


disable_created_metrics()  # type: ignore[no-untyped-call]  # when a series began is known to whoever collects it
REGISTRY = _Registry()
ProcessCollector(registry=REGISTRY)  # memory, processor time, open files

_requests = Counter(
    "idp_requests", "Requests, by route and class of status.", ("endpoint", "status"), registry=REGISTRY
)
_request_seconds = Histogram(
    "idp_request_duration_seconds",
    "From the request's headers to the end of its answer.",
    ("endpoint",),
    buckets=BUCKETS,
    registry=REGISTRY,
)
_token_requests = Counter(
    "idp_token_requests", "What became of token requests.", ("grant_type", "outcome"), registry=REGISTRY
)
_audit_events = Counter(
    "idp_audit_events", "Events put on record, logins among them.", ("event", "outcome"), registry=REGISTRY
)
_outbox_waiting = Gauge(
    "idp_outbox_waiting",
    "Messages in the database that have not left, by channel.",
    ("channel",),
    registry=REGISTRY,
    multiprocess_mode="livemostrecent",  # each process sees all of them
)

hashing_waiting = Gauge(
    "idp_password_hashing_waiting",
    "Passwords being hashed, and waiting for it.",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
hashing_refused = Counter("idp_password_hashing_refused", "Passwords refused by a full queue.", registry=REGISTRY)
database_unavailable = Counter(
    "idp_database_unavailable", "Times that the database did not answer or refused to work.", registry=REGISTRY
)
token_events_dropped = Counter("idp_token_events_dropped", "Token events that are in no audit log.", registry=REGISTRY)
log_lines_lost = Counter("idp_log_lines_lost", "Log lines that could not be written.", registry=REGISTRY)


def count_request(endpoint: str, status: int, seconds: float) -> None:
    """`endpoint` is the template of a route of ours; `status` 0: the caller left before the answer."""
    series = (endpoint, status // 100)
    if _COUNTS_IN_FILES:
        count, histogram = _of_request(series)
        count.inc()
        histogram.observe(seconds)
        return
    tally = _tallies.get(series)
    if tally is None:
        tally = _tallies[series] = _NOTHING.copy()
    tally[bisect_left(BUCKETS, seconds)] += 1
    tally[-1] += seconds


def count_token_request(grant_type: str, outcome: str) -> None:
    """`grant_type` is one that there is; `outcome` is `success` or the error code of the answer."""
    _of_token_request(grant_type, outcome).inc()


def count_event(event: str, outcome: str, times: int = 1) -> None:
    """An event of the audit log, by its name."""
    _of_event(event, outcome).inc(times)


def set_outbox_waiting(channel: str, messages: int) -> None:
    _outbox_waiting.labels(channel).set(messages)


def _pass_on() -> None:
    """What has been tallied since the last time. In the thread of whoever reads: tallies only grow, and nobody waits.

    A histogram takes one observation at a time, which would have to be kept until then; what it adds up it keeps in
    `_buckets` and `_sum`.
    """
    with _passing_on:
        for series, tally in list(_tallies.items()):
            now, before = tally.copy(), _passed_on.get(series, _NOTHING)
            *counts, seconds = [new - old for new, old in zip(now, before, strict=True)]
            count, histogram = _of_request(series)
            count.inc(sum(counts))
            for bucket, observed in zip(histogram._buckets, counts, strict=True):
                bucket.inc(observed)
            histogram._sum.inc(seconds)
            _passed_on[series] = now


@cache
def _of_request(series: _Series) -> tuple[Counter, Histogram]:
    endpoint, hundreds = series
    status = f"{hundreds}xx" if hundreds else "gone"
    return _requests.labels(endpoint, status), _request_seconds.labels(endpoint)


@cache
def _of_token_request(grant_type: str, outcome: str) -> Counter:
    return _token_requests.labels(grant_type, outcome)


@cache
def _of_event(event: str, outcome: str) -> Counter:
    return _audit_events.labels(event, outcome)


@contextmanager
def counting_together() -> Iterator[Path]:
    """The directory that processes count in which are started (not forked) in the block; gone afterwards."""
    with TemporaryDirectory(prefix="idp-metrics-") as directory:
        os.environ[_DIRECTORY] = directory
        try:
            yield Path(directory)
        finally:
            del os.environ[_DIRECTORY]


def forget_process(pid: int, directory: Path) -> None:
    """To be called when one of them has ended: what it had waiting is no longer, what it has counted stays."""
    mark_process_dead(pid, str(directory))  # type: ignore[no-untyped-call]


class MetricsListener:
    """Answers `GET /metrics` in a thread of its own, until it is closed. Raises `OSError` (EADDRINUSE: taken).

    Shows what this process has counted; with `together`, what the processes of that directory have.
    """

    def __init__(self, host: str, port: int, *, together: Path | None = None) -> None:
        registry: CollectorRegistry = REGISTRY
        if together is not None:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, str(together))  # type: ignore[no-untyped-call]
        self._server, self._thread = start_http_server(port, addr=host, registry=registry)

    @property
    def port(self) -> int:
        """The one that it has, where 0 was asked for."""
        return self._server.server_port

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
