"""Nonces for DPoP proofs (RFC 9449 §8): a MAC over the time, so that every node knows them and none keeps them.

A nonce shows that a proof was not made long ago for later use. It is the same for everybody; it proves nothing else.
"""

import hmac

from idp.sealing import MasterKeys, base64url

_STEP_SECONDS = 120  # a nonce is good for one step and the one after
_PURPOSE = "dpop-nonce"
_BYTES = 16


def current_nonce(keys: MasterKeys, now: int) -> str:
    return _nonce_of_step(keys, now // _STEP_SECONDS)


def is_fresh(keys: MasterKeys, nonce: str, now: int) -> bool:
    """Whether it was given out a short while ago."""
    step = now // _STEP_SECONDS
    offered = nonce.encode()
    results = [hmac.compare_digest(offered, _nonce_of_step(keys, each).encode()) for each in (step, step - 1)]
    return any(results)


def _nonce_of_step(keys: MasterKeys, step: int) -> str:
    return base64url(keys.mac(str(step).encode(), purpose=_PURPOSE)[:_BYTES])
