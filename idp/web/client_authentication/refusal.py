"""The one answer to every failed authentication."""

from idp.protocol.errors import ErrorCode, OAuthError


def refusal(*, used_header: bool) -> OAuthError:
    # RFC 6749 §5.2: WWW-Authenticate answers the scheme that was tried.
    headers = {"WWW-Authenticate": 'Basic realm="token"'} if used_header else {}
    return OAuthError(ErrorCode.INVALID_CLIENT, "Client authentication failed.", headers=headers)
