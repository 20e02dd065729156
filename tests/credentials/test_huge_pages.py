"""Passwords are hashed in memory that is wanted in large pages."""

import json
import subprocess
import sys

from idp.credentials.huge_pages import want_huge_pages

_MIB = 1 << 20

# Prints how many bytes were advised and resident after the first hash, after the second, and once they were given back.
# In a process of its own: threads of other tests leave memory behind that was advised before.
_HASH_TWICE = """
import asyncio, json
from pathlib import Path
from idp.credentials.huge_pages import give_memory_back
from idp.credentials.password_hashing import PasswordHasher

def advised_and_resident():
    resident, found = 0, 0
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name == "Rss":
            resident = int(value.split()[0]) * 1024
        elif name == "VmFlags" and "hg" in value.split():  # proc(5)
            found += resident
    return found

async def main():
    hasher = PasswordHasher(threads=1, queue=1, memory_kib=19 * 1024, passes=1)
    stored = await hasher.hash("five quiet lakes under snow")
    once = advised_and_resident()
    assert (await hasher.verify(stored, "five quiet lakes under snow")).matches
    again = advised_and_resident()
    hasher._executor.submit(give_memory_back, 19 << 20).result()
    print(json.dumps([once, again, advised_and_resident()]))
    hasher.close()

asyncio.run(main())
"""


def test_a_hash_is_made_in_large_pages() -> None:
    """On Linux: the block of the first hash lies where they were advised, the next hashes take no more,
    and what is kept for them can be given back."""
    if sys.platform == "linux":
        done = subprocess.run([sys.executable, "-c", _HASH_TWICE], capture_output=True, text=True, check=True)
        once, again, back = json.loads(done.stdout)
        assert 18 * _MIB <= once <= 22 * _MIB
        assert again == once
        assert back < 3 * _MIB  # the pages at its two ends stay


def test_more_than_there_is_is_no_error() -> None:
    """Where there is no such block nothing is advised, and the hash says itself what is wrong."""
    want_huge_pages(1 << 62)
