"""The one error of the protocol, and every code that we send.

OAuthError(code, description)          the phase decides where it goes, not the error:
  ├─ before the redirect URI is proven    an error page
  ├─ after                                a redirect with error, state and iss
  └─ on the back channel                  JSON (RFC 6749 §5.2), or WWW-Authenticate (RFC 6750 §3)
        ├─ 400  almost every code
        ├─ 401  invalid_client, invalid_token, insufficient_user_authentication
        ├─ 403  insufficient_scope
        ├─ 500  server_error
        └─ 503  temporarily_unavailable
"""

import re
from collections.abc import Mapping
from enum import StrEnum


class ErrorCode(StrEnum):
    """The `error` values of the specifications that we follow."""

    # RFC 6749 §4.1.2.1 and §5.2
    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    INVALID_GRANT = "invalid_grant"
    INVALID_SCOPE = "invalid_scope"
    UNAUTHORIZED_CLIENT = "unauthorized_client"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    UNSUPPORTED_RESPONSE_TYPE = "unsupported_response_type"
    ACCESS_DENIED = "access_denied"
    SERVER_ERROR = "server_error"
    TEMPORARILY_UNAVAILABLE = "temporarily_unavailable"
    # OpenID Connect Core §3.1.2.6
    INTERACTION_REQUIRED = "interaction_required"
    LOGIN_REQUIRED = "login_required"
    ACCOUNT_SELECTION_REQUIRED = "account_selection_required"
    CONSENT_REQUIRED = "consent_required"
    INVALID_REQUEST_URI = "invalid_request_uri"
    INVALID_REQUEST_OBJECT = "invalid_request_object"
    REQUEST_NOT_SUPPORTED = "request_not_supported"
    REQUEST_URI_NOT_SUPPORTED = "request_uri_not_supported"
    REGISTRATION_NOT_SUPPORTED = "registration_not_supported"
    # OpenID Connect Core Unmet Authentication Requirements §2
    UNMET_AUTHENTICATION_REQUIREMENTS = "unmet_authentication_requirements"
    # RFC 6750 §3.1
    INVALID_TOKEN = "invalid_token"  # noqa: S105 - a code, not a secret
    INSUFFICIENT_SCOPE = "insufficient_scope"
    # RFC 7009 §2.2.1
    UNSUPPORTED_TOKEN_TYPE = "unsupported_token_type"  # noqa: S105
    # RFC 7591 §3.2.2
    INVALID_REDIRECT_URI = "invalid_redirect_uri"
    INVALID_CLIENT_METADATA = "invalid_client_metadata"
    UNAPPROVED_SOFTWARE_STATEMENT = "unapproved_software_statement"
    # RFC 8628 §3.5
    AUTHORIZATION_PENDING = "authorization_pending"
    SLOW_DOWN = "slow_down"
    EXPIRED_TOKEN = "expired_token"  # noqa: S105
    # CIBA Core 1.0 §13
    UNKNOWN_USER_ID = "unknown_user_id"
    INVALID_BINDING_MESSAGE = "invalid_binding_message"
    # RFC 8707 §2
    INVALID_TARGET = "invalid_target"
    # RFC 9396 §5
    INVALID_AUTHORIZATION_DETAILS = "invalid_authorization_details"
    # RFC 9470 §3
    INSUFFICIENT_USER_AUTHENTICATION = "insufficient_user_authentication"
    # RFC 9449 §5, §8
    INVALID_DPOP_PROOF = "invalid_dpop_proof"
    USE_DPOP_NONCE = "use_dpop_nonce"


_STATUS = {
    ErrorCode.INVALID_CLIENT: 401,  # RFC 6749 §5.2
    ErrorCode.INVALID_TOKEN: 401,  # RFC 6750 §3.1
    ErrorCode.INSUFFICIENT_USER_AUTHENTICATION: 401,  # RFC 9470 §3
    ErrorCode.INSUFFICIENT_SCOPE: 403,  # RFC 6750 §3.1
    ErrorCode.SERVER_ERROR: 500,
    ErrorCode.TEMPORARILY_UNAVAILABLE: 503,
}

# RFC 6749 §4.1.2.1: what `error_description` may not contain.
_FORBIDDEN = re.compile(r"[^\x20-\x21\x23-\x5B\x5D-\x7E]")
_MAX_DESCRIPTION = 300


def sanitised(description: str) -> str:
    """The description in the characters that RFC 6749 allows: `'` for `"`, `?` for what has no place at all."""
    return _FORBIDDEN.sub("?", description[:_MAX_DESCRIPTION].replace('"', "'"))


class OAuthError(Exception):
    """A refusal in the protocol's words. `detail` is for the log alone and never leaves the service."""

    def __init__(
        self,
        code: ErrorCode | str,
        description: str = "",
        *,
        detail: str = "",
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.code = ErrorCode(code)
        self.description = sanitised(description)
        self.detail = detail
        self.status = status if status is not None else _STATUS.get(self.code, 400)
        self.headers: Mapping[str, str] = headers or {}
        super().__init__(f"{self.code}: {self.description}")

    def to_json(self) -> dict[str, str]:
        """The members of the JSON answer (RFC 6749 §5.2)."""
        answer = {"error": str(self.code)}
        if self.description:
            answer["error_description"] = self.description
        return answer
