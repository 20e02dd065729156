"""An event loop that never rests owes hashing a share, and pays it in short pauses."""

import asyncio
from dataclasses import dataclass, field

import pytest

from idp.credentials.hashing_turns import HashingTurns

_LONG_ENOUGH = 10  # intervals, for the core to be known as full or not


@dataclass
class Core:
    """What the kernel says about time, and what was made of it."""

    passed: float = 0.0
    of_loop: float = 0.0
    of_hashing: float = 0.0
    is_wanted: bool = True
    pauses: list[float] = field(default_factory=list)
    given_way: int = 0

    def turns(self) -> HashingTurns:
        turns = HashingTurns(pause=self.pauses.append, loop_time=lambda: self.of_loop, passed=lambda: self.passed)
        self.add_thread(turns)
        turns.begin(lambda: self.is_wanted)
        return turns

    def add_thread(self, turns: HashingTurns) -> None:
        turns.add(lambda: self.of_hashing, give_way=self._give_way)

    def _give_way(self) -> None:
        self.given_way += 1

    def passes(
        self, turns: HashingTurns, *, of_loop: float = 0.0, of_hashing: float = 0.0, seconds: float = 0.010
    ) -> float:
        """What is paused for after `seconds` in which both had so much of the core; 0 for nothing."""
        self.passed += seconds
        self.of_loop += of_loop
        self.of_hashing += of_hashing
        self.pauses.clear()
        turns.turn()
        return sum(self.pauses)

    def is_full(self, turns: HashingTurns) -> None:
        for _ in range(_LONG_ENOUGH):
            self.passes(turns, of_loop=0.010, of_hashing=0.0006)
        assert turns.is_core_full


async def test_a_core_is_full_when_the_event_loop_takes_it() -> None:
    """Then the threads that hash give way, once; hashing alone makes no core full."""
    core = Core()
    turns = core.turns()
    for _ in range(_LONG_ENOUGH):
        core.passes(turns, of_loop=0.002, of_hashing=0.008)
    assert (turns.is_core_full, core.given_way) == (False, 0)
    core.is_full(turns)
    assert core.given_way == 1
    for _ in range(_LONG_ENOUGH):
        core.passes(turns, of_loop=0.002, of_hashing=0.008)
    assert (turns.is_core_full, core.given_way) == (False, 1)


async def test_a_core_that_another_program_fills_is_not_full() -> None:
    """There nobody may give way: hashing would get nothing at all."""
    core = Core()
    turns = core.turns()
    for _ in range(_LONG_ENOUGH):
        assert core.passes(turns, of_loop=0.001, of_hashing=0.0) == 0
    assert (turns.is_core_full, core.given_way) == (False, 0)


async def test_a_thread_that_comes_to_a_full_core_gives_way() -> None:
    """Like those that were there before; after a new start only the new ones count."""
    core = Core()
    turns = core.turns()
    core.is_full(turns)
    turns.start_over()
    core.add_thread(turns)
    assert core.given_way == 2  # each of them once


async def test_a_loop_that_takes_everything_steps_aside() -> None:
    """For its share of what it took, and for a millisecond at most: nobody notices."""
    core = Core()
    turns = core.turns()
    core.is_full(turns)
    assert core.passes(turns, of_loop=0.010) == pytest.approx(0.0006)
    assert core.passes(turns, of_loop=0.010, of_hashing=0.0006) == pytest.approx(0.0006)
    assert core.passes(turns, of_loop=5.0, seconds=5.0) == pytest.approx(0.001)


async def test_hashing_that_gets_on_by_itself_is_owed_nothing() -> None:
    """What it took while nobody wanted the core counts for a while."""
    core = Core()
    turns = core.turns()
    core.is_full(turns)
    assert core.passes(turns, of_loop=0.010, of_hashing=0.005) == 0
    assert core.passes(turns, of_loop=0.010) == 0
    assert core.passes(turns, of_loop=0.100, seconds=0.100) == pytest.approx(0.001)


async def test_what_it_had_long_ago_does_not_count() -> None:
    """An hour of hashing is no reason to starve it for minutes."""
    core = Core()
    turns = core.turns()
    core.is_full(turns)
    assert core.passes(turns, of_loop=0.010, of_hashing=3600.0) == 0
    assert core.passes(turns, of_loop=0.5, seconds=0.5) > 0


async def test_nobody_steps_aside_when_no_password_waits() -> None:
    """The turns end with the last hash and begin anew with the next, without what was owed before."""
    core = Core()
    turns = core.turns()
    core.is_full(turns)
    core.is_wanted = False
    assert core.passes(turns, of_loop=1.0, seconds=1.0) == 0
    core.is_wanted = True
    assert core.passes(turns, of_loop=1.0, seconds=1.0) == 0
    turns.begin(lambda: core.is_wanted)
    assert core.passes(turns, of_loop=0.010) == pytest.approx(0.0006)


async def test_the_turns_come_by_themselves() -> None:
    """The event loop is not asked for them: with the real clocks, as long as one hash waits."""
    asked = asyncio.Event()
    turns = HashingTurns()
    waits = iter((True, True, False))

    def is_wanted() -> bool:
        wanted = next(waits)
        if not wanted:
            asked.set()
        return wanted

    turns.begin(is_wanted)
    async with asyncio.timeout(60):
        await asked.wait()
