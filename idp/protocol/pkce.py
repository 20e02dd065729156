"""Proof Key for Code Exchange (RFC 7636), S256 only: `plain` protects nothing that a leaked URL does not give away."""

import hmac
import re

from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]

# RFC 7636 §4.1: unreserved characters, 43 to 128 of them. §4.2: SHA-256 in base64url is 43 characters.
_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


def challenge_problem(challenge: str | None, method: str | None) -> str | None:
    """Why the two parameters do not do, or None. Both may be missing: whether they must not is the client's policy."""
    if challenge is None:
        return None if method is None else "code_challenge_method was sent without code_challenge."
    # RFC 7636 §4.3: the method defaults to plain, which RFC 9700 §2.1.1 advises against.
    if method != "S256":
        return "code_challenge_method must be S256."
    if not _CHALLENGE.fullmatch(challenge):
        return "code_challenge is not an S256 challenge."
    return None


def is_valid_verifier(verifier: str) -> bool:
    """Whether the text has the shape of a code verifier."""
    return _VERIFIER.fullmatch(verifier) is not None


def challenge_of(verifier: str) -> str:
    """RFC 7636 §4.2: the S256 challenge of a valid verifier."""
    return str(create_s256_code_challenge(verifier))


def verifier_matches(verifier: str, challenge: str) -> bool:
    """RFC 7636 §4.6, in constant time; a text that is no verifier never matches."""
    return is_valid_verifier(verifier) and hmac.compare_digest(challenge_of(verifier).encode(), challenge.encode())
