"""Proof of work (ALTCHA): a challenge that a browser solves in a second or two, and that costs a program as much.

The key that signs a challenge is derived for one form and one browser, so that a challenge of another form or browser
was never signed. When it expires is ours to judge, by our clock: a browser whose clock is wrong solves it all the same.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from altcha import Payload, create_challenge, verify_solution

from idp.sealing import MasterKeys, digest

LIFETIME = 600
_ALGORITHM = "PBKDF2/SHA-256"
_UNTIL = "until"
# How many keys a browser derives: the floor keeps luck from making it nothing, the roof keeps it from taking for ever.
_FEWEST_TRIES, _MOST_TRIES = 500, 1500
_LONGEST_ANSWER = 4096


@dataclass(frozen=True, slots=True)
class Binding:
    """The form and the browser that a challenge or a waiting token was made for."""

    purpose: str
    device_id: str

    @property
    def text(self) -> str:
        return f"{self.purpose}\0{self.device_id}"


@dataclass(frozen=True, slots=True)
class Solved:
    """Right, and good for one form: `digest` is what is to be spent, until `expires_at`."""

    digest: str
    expires_at: int


def make_challenge(keys: MasterKeys, binding: Binding, *, cost: int, now: int) -> Mapping[str, Any]:
    """What the widget is given. `cost` is the number of PBKDF2 iterations for each key that it tries."""
    challenge = create_challenge(
        _ALGORITHM,
        cost,
        counter=_FEWEST_TRIES + secrets.randbelow(_MOST_TRIES - _FEWEST_TRIES),
        data={_UNTIL: now + LIFETIME},
        hmac_secret=_secret(keys, binding, "challenge"),
        hmac_key_secret=_secret(keys, binding, "solution"),
    )
    return challenge.to_dict()


def read_solution(keys: MasterKeys, binding: Binding, answer: str, *, now: int) -> Solved | None:
    """None for everything but a solution of an unexpired challenge of this form in this browser."""
    if len(answer) > _LONGEST_ANSWER:
        return None
    try:
        payload = Payload.from_base64(answer)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not any(_is_right(keys, binding, payload, key_id) for key_id in keys.ids):
        return None
    # Signed, so it has the shape that we gave it.
    until = int((payload.challenge.parameters.data or {})[_UNTIL])
    return Solved(digest(f"altcha:{payload.challenge.signature}"), until) if now < until else None


def _is_right(keys: MasterKeys, binding: Binding, payload: Payload, key_id: bytes) -> bool:
    result = verify_solution(
        payload,
        _secret(keys, binding, "challenge", key_id),
        hmac_key_secret=_secret(keys, binding, "solution", key_id),
    )
    return result.verified


def _secret(keys: MasterKeys, binding: Binding, part: str, key_id: bytes | None = None) -> bytes:
    return keys.mac(f"{part}\0{binding.text}".encode(), purpose="captcha", key_id=key_id)
