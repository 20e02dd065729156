"""`code_challenge`, `code_challenge_method`: S256, required unless the client's metadata says no (RFC 9700 §2.1.1)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.pkce import challenge_problem
from idp.protocol.response_types import ResponseType


def check_pkce(asked: Asked) -> Mapping[str, Any]:
    challenge = asked.get("code_challenge")
    response_type = ResponseType.read(asked.get("response_type") or "")
    has_code = response_type is not None and response_type.has_code
    if challenge is None and has_code and asked.client.require_pkce:
        # RFC 7636 §4.4.1
        raise OAuthError(ErrorCode.INVALID_REQUEST, "code_challenge is missing; use PKCE with S256.")
    if problem := challenge_problem(challenge, asked.get("code_challenge_method")):
        raise OAuthError(ErrorCode.INVALID_REQUEST, problem)
    return {"code_challenge": challenge}
