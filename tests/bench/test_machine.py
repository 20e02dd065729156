"""What is read from /proc is what the system itself says."""

import os
import time

from bench.machine import choose_cores, cpu_seconds, resident_mib, staying_on
from tests.support.components import missing


def test_the_time_of_a_process_is_that_of_all_its_threads() -> None:
    """User and system time, as getrusage counts them for this process; /proc rounds down to hundredths."""
    began = time.process_time()
    while time.process_time() < began + 0.05:
        pass
    before, read, after = time.process_time(), cpu_seconds(os.getpid()), time.process_time()
    assert before - 0.03 <= read <= after + 0.03


def test_memory_is_counted_in_mebibytes() -> None:
    """A block of 64 of them, written to, is seen."""
    before = resident_mib(os.getpid())
    block = bytearray(os.urandom(1 << 20) * 64)
    assert 60 <= resident_mib(os.getpid()) - before <= 160
    assert len(block) == 64 << 20


def test_a_process_stays_on_a_core_for_a_while() -> None:
    """And gets back what it had."""
    before = os.sched_getaffinity(0)
    if len(before) < 2:
        missing("the benchmark needs two cores")
    core = choose_cores().load
    with staying_on(core):
        assert os.sched_getaffinity(0) == {core}
    assert os.sched_getaffinity(0) == before
