"""Ids out of what the operating system was asked for in advance; texts sealed for an address."""

import hmac
import multiprocessing
import secrets
import zlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from idp.sealing import MasterKeys, SealBroken, base64url, new_id


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


@pytest.mark.parametrize("size", [0, 1, 1024, 1025, 4096, 4097, 60_000])
def test_a_sealed_text_comes_back_and_is_short(master_keys: MasterKeys, size: int) -> None:
    """Of any length. Above a KiB it takes no more room than with zlib's own window; what that has packed is opened."""
    text = "".join(f'{{"name":"value {number * 7919 % 1000}"}}' for number in range(size // 10))[:size]
    usual = base64url(master_keys.seal(zlib.compress(text.encode(), 6), purpose="test"))
    sealed = master_keys.seal_text(text, purpose="test")
    assert master_keys.open_text(sealed, purpose="test") == text == master_keys.open_text(usual, purpose="test")
    assert len(sealed) <= (len(usual) * 1.02 if size > 1024 else size * 4 / 3 + 43)


def test_what_expands_beyond_all_measure_is_refused(master_keys: MasterKeys) -> None:
    """Above 64 KiB, whoever sealed it."""
    with pytest.raises(SealBroken):
        master_keys.open_text(master_keys.seal_text("a" * 65_537, purpose="test"), purpose="test")


def test_what_is_remembered_of_a_purpose_is_its_own() -> None:
    """Seals and MACs are those of a key that is derived anew, for every purpose, master key and repetition."""
    masters = [secrets.token_bytes(32), secrets.token_bytes(32)]
    keys, old = MasterKeys(*masters), MasterKeys(masters[1])

    def derived(master: bytes, purpose: str) -> bytes:
        return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(master)

    for message in (b"", b"one", b"another"):
        for purpose in ("flow", "csrf"):
            sealed = keys.seal(message, purpose=purpose, context="row")
            cipher = AESGCM(derived(masters[0], f"seal:{purpose}"))
            assert cipher.decrypt(sealed[2:14], sealed[14:], b"row") == message
            assert keys.open(old.seal(message, purpose=purpose), purpose=purpose) == message
            for key_id, master in zip(keys.ids, masters, strict=True):
                mac = hmac.digest(derived(master, f"mac:{purpose}"), message, "sha256")
                assert keys.mac(message, purpose=purpose, key_id=key_id) == mac
    with pytest.raises(SealBroken):
        keys.open(keys.seal(b"x", purpose="flow"), purpose="csrf")
