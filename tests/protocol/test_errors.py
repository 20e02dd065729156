"""What an error says, and to whom."""

import re

import pytest

from idp.protocol.errors import ErrorCode, OAuthError

_ALLOWED = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]*")


@pytest.mark.parametrize(
    "description", ['say "no"', "back\\slash", "řeka", "line\r\nbreak\tand tab", "\x00\x7f\ud800", "x" * 5000, ""]
)
def test_a_description_has_only_allowed_characters(description: str) -> None:
    """RFC 6749 §4.1.2.1: no quotes, backslashes, controls or letters beyond ASCII leave the service."""
    error = OAuthError(ErrorCode.INVALID_REQUEST, description)
    assert _ALLOWED.fullmatch(error.description)
    assert len(error.description) <= 300


def test_detail_stays_inside() -> None:
    """What is meant for the log is in no answer."""
    error = OAuthError(ErrorCode.INVALID_GRANT, "The code is not valid.", detail="grant 7 was revoked")
    assert error.to_json() == {"error": "invalid_grant", "error_description": "The code is not valid."}
    assert "grant 7" not in str(error)
    assert OAuthError("server_error").to_json() == {"error": "server_error"}


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (ErrorCode.INVALID_REQUEST, 400),
        (ErrorCode.INVALID_GRANT, 400),
        (ErrorCode.INVALID_CLIENT, 401),
        (ErrorCode.INVALID_TOKEN, 401),
        (ErrorCode.INSUFFICIENT_USER_AUTHENTICATION, 401),
        (ErrorCode.INSUFFICIENT_SCOPE, 403),
        (ErrorCode.SERVER_ERROR, 500),
        (ErrorCode.TEMPORARILY_UNAVAILABLE, 503),
    ],
)
def test_the_status_follows_the_code(code: ErrorCode, status: int) -> None:
    """Each code has the status of its specification, which the caller can overrule."""
    assert OAuthError(code).status == status
    assert OAuthError(code, status=413).status == 413


def test_headers_are_the_callers() -> None:
    """A client that tried Basic is told so (RFC 6749 §5.2)."""
    error = OAuthError(ErrorCode.INVALID_CLIENT, headers={"WWW-Authenticate": 'Basic realm="token"'})
    assert error.headers["WWW-Authenticate"].startswith("Basic")
    assert OAuthError(ErrorCode.INVALID_CLIENT).headers == {}


def test_a_code_of_no_specification_cannot_be_sent() -> None:
    """A misspelled code fails where it is written."""
    with pytest.raises(ValueError, match="invalid_requst"):
        OAuthError("invalid_requst")
