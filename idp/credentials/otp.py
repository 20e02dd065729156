"""RFC 6238 codes: six digits, SHA-1, a step of 30 seconds, as every authenticator app has them. Pure, no clock."""

import base64
import hmac
import secrets

import pyotp

STEP_SECONDS = 30
DIGITS = 6
_KEY_BYTES = 20  # RFC 4226 §4 R6: 160 bits
_LONGEST_INPUT = 64


def new_otp_key() -> str:
    """160 random bits in base32, as authenticator apps take it."""
    return base64.b32encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")


def grouped(key: str) -> str:
    """The key in groups of four, for people who type it."""
    return " ".join(key[place : place + 4] for place in range(0, len(key), 4))


def provisioning_uri(key: str, *, account_name: str, issuer: str) -> str:
    """The `otpauth://` URI that the QR code holds."""
    return pyotp.TOTP(key).provisioning_uri(name=account_name, issuer_name=issuer)


def digits_of(typed: str) -> str:
    """What was typed or pasted (`123 456`, `123-456`) without all that is no digit."""
    return "".join(letter for letter in typed[:_LONGEST_INPUT] if letter in "0123456789")


def matching_step(key: str, code: str, *, now: int, tolerance: int, newer_than: int) -> int | None:
    """The step whose code this is, or None.

    A code is good in its own 30 seconds and `tolerance` seconds before and after. The newest step is tried first, and
    only steps newer than the last one spent: RFC 6238 §5.2, a code works once.
    """
    digits = digits_of(code)
    oldest, newest = (now - tolerance) // STEP_SECONDS, (now + tolerance) // STEP_SECONDS
    totp = pyotp.TOTP(key)
    found = None
    for step in range(newest, max(oldest, newer_than + 1) - 1, -1):
        # Every candidate is compared: the time taken does not tell which one matched.
        if hmac.compare_digest(totp.generate_otp(step), digits) and found is None:
            found = step
    return found


def code_now(key: str, now: int) -> str:
    """The code that an authenticator app would show."""
    return pyotp.TOTP(key).generate_otp(now // STEP_SECONDS)
