"""argon2id in a bounded pool: right parameters, equal cost for strangers, refusal when the queue is full."""

import asyncio
import itertools
import os
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator

import pytest
from argon2 import PasswordHasher as Argon2
from argon2 import Type, extract_parameters

from idp.credentials.hashing_turns import HashingTurns
from idp.credentials.password_hashing import HashingBusy, PasswordHasher, PasswordTooLong, Verified
from idp.settings import Settings

_LONG_ENOUGH = 10  # intervals, for a core to be known as full or not
_PASSWORD = "kapr-ulice-72-mlha-brod"


def _hasher(*, threads: int = 1, queue: int = 16, memory_kib: int = 64) -> PasswordHasher:
    return PasswordHasher(threads=threads, queue=queue, memory_kib=memory_kib, passes=2)


@pytest.fixture
def hasher() -> Iterator[PasswordHasher]:
    """A cheap one: what is tested here does not depend on the price."""
    hasher = _hasher()
    yield hasher
    hasher.close()


@pytest.mark.requirement("PW-01")
async def test_the_parameters_of_the_settings_are_in_the_hash() -> None:
    """argon2id with 19 MiB, two passes and one lane is the least a setting allows, and what the hash says."""
    settings = Settings()
    hasher = PasswordHasher(threads=1, queue=0, memory_kib=settings.argon2_memory_kib, passes=settings.argon2_passes)
    parameters = extract_parameters(await hasher.hash(_PASSWORD))
    hasher.close()
    assert parameters.type is Type.ID
    assert parameters.memory_cost >= 19 * 1024
    assert parameters.time_cost >= 2
    assert parameters.parallelism == 1


async def test_a_password_matches_its_own_hash_only(hasher: PasswordHasher) -> None:
    """Two hashes of one password differ; another password matches neither."""
    first, second = await hasher.hash(_PASSWORD), await hasher.hash(_PASSWORD)
    assert first != second
    assert await hasher.verify(first, _PASSWORD) == Verified(matches=True, needs_rehash=False)
    assert await hasher.verify(second, _PASSWORD + " ") == Verified(matches=False)


@pytest.mark.requirement("PW-02")
async def test_old_parameters_ask_for_a_new_hash(hasher: PasswordHasher) -> None:
    """A match under other parameters says so; a mismatch does not."""
    old = Argon2(time_cost=1, memory_cost=32, parallelism=1).hash(_PASSWORD)
    assert await hasher.verify(old, _PASSWORD) == Verified(matches=True, needs_rehash=True)
    assert await hasher.verify(old, "wrong") == Verified(matches=False, needs_rehash=False)


@pytest.mark.requirement("PW-05")
async def test_canonical_forms_of_a_password_are_one(hasher: PasswordHasher) -> None:
    """NFC and NFD match each other; blanks count, also leading ones."""
    accented = "příliš žluťoučký kůň"
    stored = await hasher.hash(unicodedata.normalize("NFD", accented))
    assert (await hasher.verify(stored, unicodedata.normalize("NFC", accented))).matches
    assert not (await hasher.verify(stored, " " + accented)).matches


@pytest.mark.requirement("PW-04")
async def test_no_character_is_cut_off(hasher: PasswordHasher) -> None:
    """The 72nd, 73rd, 256th and 1,024th character all count."""
    for length in (64, 72, 73, 256, 1024):
        password = "x" * (length - 1)
        stored = await hasher.hash(password + "a")
        assert (await hasher.verify(stored, password + "a")).matches
        assert not (await hasher.verify(stored, password + "b")).matches


@pytest.mark.requirement("PW-04")
async def test_over_long_passwords_are_refused_without_hashing() -> None:
    """Nothing is queued for them, whoever is named: a hasher without a single place refuses them all the same."""
    hasher = _hasher(queue=-1)
    for password in ("x" * 1025, "x" * 1_000_000, "lone \ud800"):
        with pytest.raises(PasswordTooLong):
            await hasher.hash(password)
        assert await hasher.verify(None, password) == Verified(matches=False)
        assert await hasher.verify("$argon2id$…", password) == Verified(matches=False)
    hasher.close()


async def test_an_unknown_account_takes_a_hash_of_the_same_parameters(hasher: PasswordHasher) -> None:
    """None is compared with a hash made like all others, in the same queue, and never matches."""
    stored = await hasher.hash(_PASSWORD)
    assert extract_parameters(hasher._nobody) == extract_parameters(stored)
    assert await hasher.verify(None, _PASSWORD) == Verified(matches=False)
    full = _hasher(queue=-1)
    for known in (None, stored):
        with pytest.raises(HashingBusy):
            await full.verify(known, _PASSWORD)
    full.close()


@pytest.mark.parametrize(
    "stored", ["", "garbage", "$2b$12$abcdefghijklmnopqrstuv", "$argon2id$v=19$m=64,t=2,p=1$broken"]
)
async def test_a_broken_hash_matches_nothing(hasher: PasswordHasher, stored: str) -> None:
    """A damaged row is a refusal, not an error page."""
    assert await hasher.verify(stored, _PASSWORD) == Verified(matches=False)


async def test_what_does_not_fit_in_the_queue_is_refused_at_once() -> None:
    """One runs, two wait, the rest get a time to come back; afterwards there is room again."""
    hasher = _hasher(queue=2, memory_kib=4096)
    results = await asyncio.gather(*(hasher.hash(_PASSWORD) for _ in range(20)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, HashingBusy)]
    assert len(refused) == 17
    assert all(refusal.retry_after >= 1 for refusal in refused)
    assert hasher.waiting == 0
    assert await hasher.hash(_PASSWORD)
    hasher.close()


async def test_visitors_who_leave_do_not_use_up_the_queue() -> None:
    """Cancelled requests give their places back once their work is over, however often that happens."""
    hasher = _hasher(queue=3, memory_kib=1024)
    for _ in range(25):
        tasks = [asyncio.create_task(hasher.hash(_PASSWORD)) for _ in range(4)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # The one thread works in order: when this is done, so is all that was before it.
        await asyncio.wrap_future(hasher._executor.submit(int))
        assert hasher.waiting == 0
    assert await hasher.hash(_PASSWORD)
    hasher.close()


async def test_the_event_loop_goes_on_while_hashes_are_made() -> None:
    """Other work runs many times during one hash."""
    hasher = _hasher(memory_kib=19 * 1024)
    hashing = asyncio.create_task(hasher.hash(_PASSWORD))
    turns = 0
    while not hashing.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 10
    hasher.close()


async def test_hashing_gives_way_to_the_event_loop(hasher: PasswordHasher) -> None:
    """Its threads run at a lower priority than the one that answers requests, which keeps its own: on Linux, for which
    a thread has one."""
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    await hasher.hash("five quiet lakes under snow")
    threads = [each.native_id for each in threading.enumerate() if each.name.startswith("password-hashing")]
    assert threads
    for thread in threads:
        assert thread is not None
        assert os.getpriority(os.PRIO_PROCESS, thread) == (min(before + 5, 19) if sys.platform == "linux" else before)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


async def test_on_a_full_core_hashing_takes_what_nobody_wants() -> None:
    """The threads that are there and those that come; with room again, new ones have an ordinary priority."""
    seconds, load, others = itertools.count(), 1.0, _hashing_threads()
    turns = HashingTurns(passed=lambda: float(next(seconds)), loop_time=_LoadedClock(lambda: load))
    hasher = PasswordHasher(threads=1, queue=16, memory_kib=64, passes=2, turns=turns)
    await hasher.hash(_PASSWORD)
    assert _policies(others) == [os.SCHED_OTHER]
    with hasher.place():  # somebody waits
        for _ in range(_LONG_ENOUGH):
            turns.turn()
        assert _policies(others) == [os.SCHED_IDLE]
        load = 0.0
        for _ in range(_LONG_ENOUGH):
            turns.turn()
    await hasher.hash(_PASSWORD)
    assert os.SCHED_OTHER in _policies(others)
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
    hasher.close()


async def test_new_threads_begin_when_the_old_ones_have_finished() -> None:
    """Who waits in the old ones is served first; the new ones give way in their turn."""
    seconds, load, served, others = itertools.count(), 1.0, list[str](), _hashing_threads()
    turns = HashingTurns(passed=lambda: float(next(seconds)), loop_time=_LoadedClock(lambda: load))
    hasher = PasswordHasher(threads=1, queue=16, memory_kib=64, passes=2, turns=turns)
    with hasher.place():  # somebody waits
        await hasher.hash(_PASSWORD)
        for _ in range(_LONG_ENOUGH):
            turns.turn()
        assert turns.has_given_way
        goes_on = threading.Event()
        hasher._executor.submit(goes_on.wait).add_done_callback(lambda _: served.append("old"))
        load = 0.0
        for _ in range(_LONG_ENOUGH):
            turns.turn()
    newcomer = asyncio.create_task(hasher.hash(_PASSWORD))
    newcomer.add_done_callback(lambda _: served.append("new"))
    threading.Timer(0.1, goes_on.set).start()  # also when the newcomer did not wait
    await newcomer
    assert served == ["old", "new"]
    load = 1.0
    with hasher.place():
        await hasher.hash(_PASSWORD)
        for _ in range(_LONG_ENOUGH):
            turns.turn()
        assert _policies(others) == [os.SCHED_IDLE]
    hasher.close()


class _LoadedClock:
    """The processor time of a thread that took so much of each second."""

    def __init__(self, load: Callable[[], float]) -> None:
        self._load = load
        self._time = 0.0

    def __call__(self) -> float:
        self._time += self._load()
        return self._time


def _hashing_threads() -> set[int]:
    threads = (each.native_id for each in threading.enumerate() if each.name.startswith("password-hashing"))
    return {thread for thread in threads if thread is not None}


def _policies(others: set[int]) -> list[int]:
    """Of the threads that hash, but for `others`, which hash for other tests."""
    return [os.sched_getscheduler(thread) for thread in _hashing_threads() - others]
