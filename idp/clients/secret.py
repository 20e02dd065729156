"""Compares a presented client secret with the digests of the client's secrets.

Secrets are generated here with 256 random bits, so that their plain SHA-256 is what is stored: no guess can be tried
against it, and a comparison costs next to nothing.
"""

import hmac
import re

from idp.clients.client import Client
from idp.sealing import digest

# RFC 6749 appendix A.2: VSCHAR.
_SECRET = re.compile(r"[\x20-\x7e]{32,256}")
_COMPARISONS = 4  # a client has one secret, or two while one is being replaced
_NO_DIGEST = digest("")


def secret_problem(secret: str) -> str | None:
    """Why a secret that was not generated here may not be used, or None: its digest must not be worth guessing at."""
    return None if _SECRET.fullmatch(secret) else "must have 32 to 256 printable ASCII characters"


def secret_matches(client: Client | None, presented: str, now: int) -> bool:
    """Whether the secret is one of the client's that has not expired. No client costs the same, and never matches."""
    digests = (
        []
        if client is None
        else [known for known, expires in client.secret_digests if expires is None or expires > now]
    )
    # The padding is refused below by being beyond the client's own digests.
    padding = [_NO_DIGEST] * (_COMPARISONS - len(digests))
    # What is not ASCII is no secret of ours, and may not even be UTF-8.
    offered = digest(presented if presented.isascii() else "")
    results = [hmac.compare_digest(offered, known) for known in digests + padding]
    return any(results[: len(digests)])
