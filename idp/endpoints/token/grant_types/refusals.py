"""The consequences of a refused redemption or refresh, written in the transaction that found it out."""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.endpoints.token.request import TokenRequest
from idp.grants.grant import Grant, RevocationReason
from idp.grants.refusal import Refusal
from idp.lifecycle.invalidate_login import invalidate_login
from idp.lifecycle.revoke_grant import revoke_grant
from idp.protocol.errors import ErrorCode, OAuthError


async def refuse(db: AsyncConnection, request: TokenRequest, grant: Grant | None, refusal: Refusal) -> OAuthError:
    """Does what the refusal demands and returns (never raises) the error, so that it is committed."""
    if refusal is Refusal.USER_AGENT_MISSING:
        return missing_user_agent()
    if grant is not None and refusal is Refusal.REPLAYED:
        await revoke_grant(
            db, request.wiring.master_keys, grant, reason=RevocationReason.CODE_REPLAYED, origin=request.origin
        )
    if grant is not None and refusal is Refusal.REUSED:
        await revoke_grant(
            db, request.wiring.master_keys, grant, reason=RevocationReason.REFRESH_REUSED, origin=request.origin
        )
    if grant is not None and refusal is Refusal.USER_AGENT_CHANGED:
        # Our own sight, or a first-party client's word, ends the login; a third party's word ends its own part.
        # What a native application calls itself is its own word.
        sees_browser = request.client.is_public and request.client.application_type != "native"
        reaches_session = sees_browser or request.client.first_party
        await invalidate_login(db, grant, reaches_session=reaches_session, origin=request.origin)
        return OAuthError(
            ErrorCode.INVALID_GRANT,
            "The login was invalidated because the browser (User-Agent) was changed.",
            detail="user_agent_changed",
        )
    return invalid_grant(refusal.name.lower())


def invalid_grant(detail: str) -> OAuthError:
    """RFC 6749 §5.2, in the same words whatever was wrong."""
    return OAuthError(ErrorCode.INVALID_GRANT, "The code or the refresh token is not valid.", detail=detail)


def missing_user_agent() -> OAuthError:
    return OAuthError(ErrorCode.INVALID_REQUEST, "Pass the browser's User-Agent header on in the parameter user_agent.")
