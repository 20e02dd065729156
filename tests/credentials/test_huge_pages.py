"""Passwords are hashed in memory that is wanted in large pages."""

import sys
from pathlib import Path

from idp.credentials.huge_pages import want_huge_pages
from idp.credentials.password_hashing import PasswordHasher

_MIB = 1 << 20


def _advised_and_resident() -> int:
    """Bytes of this process in memory for which large pages were advised (proc(5), `hg` in `VmFlags` of smaps)."""
    resident, found = 0, 0
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines() if sys.platform == "linux" else ():
        name, _, value = line.partition(":")
        if name == "Rss":
            resident = int(value.split()[0]) * 1024
        elif name == "VmFlags" and "hg" in value.split():
            found += resident
    return found


async def test_a_hash_is_made_in_large_pages() -> None:
    """On Linux: the block of the first hash lies where they were advised, and the next hashes take no more."""
    before = _advised_and_resident()
    hasher = PasswordHasher(threads=1, queue=1, memory_kib=19 * 1024, passes=1)
    stored = await hasher.hash("five quiet lakes under snow")
    once = _advised_and_resident() - before
    assert (await hasher.verify(stored, "five quiet lakes under snow")).matches
    again = _advised_and_resident() - before
    hasher.close()
    if sys.platform == "linux":
        assert 18 * _MIB <= once <= 22 * _MIB
    assert again == once


def test_more_than_there_is_is_no_error() -> None:
    """Where there is no such block nothing is advised, and the hash says itself what is wrong."""
    want_huge_pages(1 << 62)
