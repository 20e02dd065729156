"""The codes: one for the client to keep, one for a person to type."""

import re
import secrets

from idp.sealing import MasterKeys, base64url

# RFC 8628 §6.1: no vowels, so that no word comes out; nothing that looks like something else. 20^8 is 34 bits.
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_LENGTH = 8
_IGNORED = re.compile(r"[\s\-‐‑–—.]")


def new_user_code() -> str:
    """As it is shown: `BCDF-GHJK`."""
    code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return f"{code[:4]}-{code[4:]}"


def read_user_code(typed: str) -> str | None:
    """The code as it is shown, whatever the case and the dashes it was typed with; None for what can be none."""
    code = _IGNORED.sub("", typed[:64]).upper()
    if len(code) != _LENGTH or not set(code) <= set(_LETTERS):
        return None
    return f"{code[:4]}-{code[4:]}"


def user_code_digest(keys: MasterKeys, user_code: str) -> str:
    """Under the master key: a bare digest of so few bits could be searched for in a copy of the table."""
    return base64url(keys.mac(user_code.encode(), purpose="user-code"))
