"""The token of a registration request: from the header alone (RFC 7591 §3, RFC 7592 §2)."""

from idp.protocol.errors import ErrorCode, OAuthError
from idp.web.plain import PlainRequest

_CHALLENGE = 'Bearer realm="clients"'


def read_token(request: PlainRequest) -> str | None:
    """The bearer token, or None; raises `OAuthError` for credentials of another kind."""
    authorization = request.header("authorization")
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise missing_token()
    return token.strip()


def missing_token() -> OAuthError:
    """RFC 6750 §3.1: without a token the challenge carries no error."""
    return OAuthError(ErrorCode.INVALID_TOKEN, "A token is needed.", headers={"WWW-Authenticate": _CHALLENGE})


def wrong_token() -> OAuthError:
    """The same for every reason (RFC 7592 §2.1: whether the client exists is not said)."""
    challenge = f'{_CHALLENGE}, error="invalid_token"'
    return OAuthError(ErrorCode.INVALID_TOKEN, "The token is not valid here.", headers={"WWW-Authenticate": challenge})
