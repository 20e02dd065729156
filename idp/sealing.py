"""Secrecy and authenticity under the master key: seals, MACs and digests.

Every purpose gets a key of its own (HKDF, RFC 5869), so that a value sealed for one purpose is noise to another.
The id of the master key travels in front of every sealed value: old values stay readable after a rotation.
Nothing here is stored, and nothing here knows what it seals.
"""

import base64
import binascii
import hashlib
import os
import secrets
import zlib
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_URL_ALPHABET = bytes.maketrans(b"+/", b"-_")
_NONCE_BYTES = 12
_FEWEST_DIFFERENT_BYTES = 16  # of a master key: 32 random bytes have fewer once in 10^16 keys
_ID_BYTES, _IDS_AT_ONCE = 16, 256
_MAX_EXPANDED_BYTES = 64 * 1024
_SHORT, _AS_IT_IS = 1024, b"\0"  # no stream of zlib's begins with that byte
_SMALL_WINDOW = 1 << 12


class SealBroken(Exception):
    """The value was not sealed by this installation, for this purpose, or for this context."""


def base64url(data: bytes) -> str:
    """RFC 7515 §2: base64url without padding. `base64.urlsafe_b64encode` takes twice as long, and a page has eight."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_URL_ALPHABET).decode("ascii")


def base64url_decode(text: str) -> bytes:
    """The inverse of `base64url`; raises `ValueError` for anything but the one canonical spelling."""
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64url") from error
    if base64url(data) != text:
        raise ValueError("not the canonical spelling")
    return data


def digest(secret: str) -> str:
    """What is stored in place of a generated secret: SHA-256, base64url. Only for 128 random bits or more."""
    return base64url(hashlib.sha256(secret.encode()).digest())


def new_secret() -> str:
    """256 random bits in 43 characters of the URL alphabet."""
    return base64url(secrets.token_bytes(32))


def new_mac_secret() -> str:
    """384 random bits in 64 characters: as long as the key of HMAC with SHA-512 has to be (RFC 7518 §3.2)."""
    return secrets.token_urlsafe(48)


class _Randomness:
    """128 bits at a time of what the operating system is asked for in larger pieces.

    Each call to it takes 19 µs here, and every request needs an id or two. A forked process begins with nothing, so
    that it does not repeat its parent's.
    """

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        os.register_at_fork(after_in_child=self._pieces.clear)

    def take(self) -> bytes:
        try:
            return self._pieces.pop()
        except IndexError:
            fresh = secrets.token_bytes(_ID_BYTES * _IDS_AT_ONCE)
            self._pieces.extend(fresh[start : start + _ID_BYTES] for start in range(_ID_BYTES, len(fresh), _ID_BYTES))
            return fresh[:_ID_BYTES]


_randomness = _Randomness()


def new_id() -> str:
    """128 random bits in 22 characters of the URL alphabet."""
    return base64url(_randomness.take())


def _packed(data: bytes) -> bytes:
    """Short texts as they are, longer ones compressed. That makes a third less of the flow of a usual login, but takes
    13 µs, and to expand it 6; with a window above 4 KiB 25 to 110, for its fresh memory.
    """
    if len(data) <= _SHORT:
        return _AS_IT_IS + data
    if len(data) > _SMALL_WINDOW:
        return zlib.compress(data, 6)
    compressor = zlib.compressobj(6, wbits=12, memLevel=5)
    return compressor.compress(data) + compressor.flush()


def _unpacked(packed: bytes) -> bytes:
    """The inverse; raises `SealBroken` for what expands beyond 64 KiB."""
    if packed.startswith(_AS_IT_IS):
        return packed[1:]
    expander = zlib.decompressobj()
    data = expander.decompress(packed, _MAX_EXPANDED_BYTES)
    if expander.unconsumed_tail:
        raise SealBroken
    return data


class MasterKeys:
    """The installation's master keys: the first one seals, all of them open.

    Each is 32 random bytes; its id is derived from it, so that no separate register of ids is needed.
    """

    def __init__(self, *master_keys: bytes) -> None:
        if not master_keys or any(len(key) != 32 for key in master_keys):
            raise ValueError("a master key is 32 bytes")
        self._by_id = {hashlib.sha256(b"id\0" + key).digest()[:2]: key for key in master_keys}
        self._current_id = hashlib.sha256(b"id\0" + master_keys[0]).digest()[:2]
        # Derivation costs 20 µs, to prepare a cipher or a MAC for its key 5; the purposes are few and fixed.
        self._cipher = lru_cache(maxsize=256)(self._new_cipher)
        self._mac = lru_cache(maxsize=256)(self._new_mac)

    @staticmethod
    def generate() -> str:
        """A new master key in the spelling that `from_text` reads."""
        return base64url(secrets.token_bytes(32))

    @classmethod
    def from_text(cls, *texts: str) -> "MasterKeys":
        """Reads keys in base64url; raises `ValueError` for one that is not 32 bytes, or is some word or zeros."""
        keys = [base64url_decode(text.strip()) for text in texts]
        if any(len(set(key)) < _FEWEST_DIFFERENT_BYTES for key in keys):
            raise ValueError("a master key is random")
        return cls(*keys)

    def _new_cipher(self, key_id: bytes, purpose: str) -> AESGCM:
        return AESGCM(self._derive(key_id, f"seal:{purpose}"))

    def _new_mac(self, key_id: bytes, purpose: str) -> HMAC:
        """One that has taken in its key: a copy of it makes a MAC in 0.6 µs instead of 1.6."""
        return HMAC(self._derive(key_id, f"mac:{purpose}"), hashes.SHA256())

    def _derive(self, key_id: bytes, purpose: str) -> bytes:
        derivation = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode())
        return derivation.derive(self._by_id[key_id])

    def seal(self, plaintext: bytes, *, purpose: str, context: str = "") -> bytes:
        """AES-256-GCM. `context` (a row id, say) must be the same at `open`: a seal cannot be moved between rows."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        cipher = self._cipher(self._current_id, purpose)
        return self._current_id + nonce + cipher.encrypt(nonce, plaintext, context.encode())

    def open(self, sealed: bytes, *, purpose: str, context: str = "") -> bytes:
        """The plaintext; raises `SealBroken`."""
        key_id, nonce, ciphertext = sealed[:2], sealed[2 : 2 + _NONCE_BYTES], sealed[2 + _NONCE_BYTES :]
        if key_id not in self._by_id or len(ciphertext) < 16:
            raise SealBroken
        try:
            return self._cipher(key_id, purpose).decrypt(nonce, ciphertext, context.encode())
        except InvalidTag as error:
            raise SealBroken from error

    def seal_text(self, text: str, *, purpose: str, context: str = "") -> str:
        """A sealed value for a URL or a form field, compressed where it would be long."""
        return base64url(self.seal(_packed(text.encode()), purpose=purpose, context=context))

    def open_text(self, sealed: str, *, purpose: str, context: str = "") -> str:
        """The inverse of `seal_text`; raises `SealBroken`. What expands beyond 64 KiB is refused."""
        try:
            packed = self.open(base64url_decode(sealed), purpose=purpose, context=context)
        except ValueError as error:
            raise SealBroken from error
        return _unpacked(packed).decode()

    def mac(self, message: bytes, *, purpose: str, key_id: bytes | None = None) -> bytes:
        """HMAC-SHA-256 under the purpose's key; raises `SealBroken` for an unknown `key_id`."""
        key_id = key_id or self._current_id
        if key_id not in self._by_id:
            raise SealBroken
        mac = self._mac(key_id, purpose).copy()
        mac.update(message)
        return mac.finalize()

    @property
    def current_id(self) -> bytes:
        """Two bytes that name the key which seals now."""
        return self._current_id

    @property
    def ids(self) -> tuple[bytes, ...]:
        """Every key that still opens, the current one first."""
        return (self._current_id, *(key_id for key_id in self._by_id if key_id != self._current_id))
