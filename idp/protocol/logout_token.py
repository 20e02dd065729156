"""The claims of a logout token (OIDC Back-Channel Logout §2.4), as a plain dictionary."""

from dataclasses import dataclass
from typing import Any

LOGOUT_TOKEN_TYPE = "logout+jwt"  # noqa: S105 - the `typ` header, not a secret
BACK_CHANNEL_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LIFETIME_SECONDS = 120  # §2.4: preferably at most two minutes


@dataclass(frozen=True, slots=True)
class LogoutToken:
    """What one logout token says; `subject` and `session_id` are those of the client's ID tokens."""

    issuer: str
    client_id: str
    subject: str
    session_id: str
    token_id: str
    issued_at: int


def logout_token_claims(token: LogoutToken) -> dict[str, Any]:
    """Never a `nonce`: that is what keeps a logout token from passing for an ID token (§2.4)."""
    return {
        "iss": token.issuer,
        "aud": token.client_id,
        "sub": token.subject,
        "sid": token.session_id,
        "iat": token.issued_at,
        "exp": token.issued_at + _LIFETIME_SECONDS,
        "jti": token.token_id,
        "events": {BACK_CHANNEL_LOGOUT_EVENT: {}},
    }
