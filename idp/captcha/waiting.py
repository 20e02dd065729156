"""The way without JavaScript: a token that the form carries, and that is good once it is twenty seconds old.

There is no puzzle in it, so nobody is kept out (WCAG 3.3.8); the time spent on filling the form in counts. What makes
it worth little to a program is that one network address gets through with one of them at a time.
"""

import hmac

from idp.captcha.altcha import Binding, Solved
from idp.sealing import MasterKeys, base64url, digest, new_id

SECONDS = 20
LIFETIME = 3600
RATE = f"1/{SECONDS} second"
"""For the limiter of addresses."""


def new_token(keys: MasterKeys, binding: Binding, *, now: int) -> str:
    """`<moment>.<random>.<MAC>`: it holds nothing that must stay secret."""
    made = f"{now}.{new_id()}"
    return f"{made}.{_mac(keys, binding, made)}"


def read_token(keys: MasterKeys, binding: Binding, token: str, *, now: int) -> int | Solved | None:
    """None: not a token of this form in this browser, or too old; a number: seconds still to wait."""
    made, _, mac = token.rpartition(".")
    if not mac.isascii() or not any(hmac.compare_digest(mac, _mac(keys, binding, made, key_id)) for key_id in keys.ids):
        return None
    since = int(made.partition(".")[0])
    if now >= since + LIFETIME:
        return None
    if now < since + SECONDS:
        return since + SECONDS - now
    return Solved(digest(f"wait:{token}"), since + LIFETIME)


def _mac(keys: MasterKeys, binding: Binding, made: str, key_id: bytes | None = None) -> str:
    return base64url(keys.mac(f"{made}\0{binding.text}".encode(), purpose="captcha-wait", key_id=key_id))
