"""Ids out of what the operating system was asked for in advance; texts sealed for an address."""

import hmac
import itertools
import multiprocessing
import zlib

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from idp.sealing import MasterKeys, base64url, new_id


def test_ids_are_as_long_as_promised_and_never_the_same() -> None:
    """Well beyond what is asked for at once."""
    ids = [new_id() for _ in range(2000)]
    assert len(set(ids)) == 2000
    assert {len(each) for each in ids} == {22}


def test_a_forked_process_repeats_none_of_its_parents_ids() -> None:
    """What the parent has in stock is not inherited."""
    new_id()  # there is a stock
    with multiprocessing.get_context("fork").Pool(1) as pool:
        theirs = pool.apply(_ids)
    assert set(theirs).isdisjoint(_ids())


def _ids() -> list[str]:
    return [new_id() for _ in range(1000)]


@pytest.mark.parametrize("size", [0, 1, 500, 4096, 4097, 60_000])
def test_a_sealed_text_comes_back_and_is_short(master_keys: MasterKeys, size: int) -> None:
    """Of any length; it takes no more room than with zlib's own window, and what that has packed is opened too."""
    text = "".join(f'{{"name":"value {number * 7919 % 1000}"}}' for number in range(size // 10))[:size]
    usual = base64url(master_keys.seal(zlib.compress(text.encode(), 6), purpose="test"))
    sealed = master_keys.seal_text(text, purpose="test")
    assert master_keys.open_text(sealed, purpose="test") == text == master_keys.open_text(usual, purpose="test")
    assert len(sealed) <= len(usual) * 1.02


def test_a_mac_is_hmac_with_sha256_under_the_derived_key() -> None:
    """Though its key is taken in once only: each message has its own, under each purpose and key."""
    keys = {MasterKeys(key).current_id: key for key in (bytes(range(32)), bytes(32))}
    master = MasterKeys(*keys.values())
    for key_id, purpose, message in itertools.product(keys, ("one", "two"), (b"", b"a", b"b" * 200, b"a")):
        derived = HKDF(SHA256(), length=32, salt=None, info=f"mac:{purpose}".encode()).derive(keys[key_id])
        assert master.mac(message, purpose=purpose, key_id=key_id) == hmac.digest(derived, message, "sha256")
