"""`authorization_code` (RFC 6749 §4.1.3): redeemed once, by the client, verifier and browser that asked for it."""

from typing import Any

from idp.audit.events import Event
from idp.endpoints.token.grant_types.refusals import invalid_grant, missing_user_agent, refuse
from idp.endpoints.token.narrowing import check_narrowing, read_narrowing
from idp.endpoints.token.request import TokenRequest
from idp.grants import store as grants
from idp.grants.grant import Grant
from idp.grants.handle import HandleKind
from idp.grants.refusal import Refusal, refused_redemption
from idp.grants.store import Redemption
from idp.issuing import tokens_of_grant
from idp.issuing.encryption import check_encryption_key
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.pkce import challenge_of, is_valid_verifier
from idp.protocol.user_agent_binding import BindingMode, reparsed


async def authorization_code(request: TokenRequest) -> dict[str, Any]:
    client, form = request.client, request.form
    code, redirect_uri = request.require("code"), request.require("redirect_uri")
    verifier = form.get("code_verifier")
    if verifier is None and client.require_pkce:
        raise OAuthError(ErrorCode.INVALID_GRANT, "code_verifier is missing.")
    if verifier is not None and not is_valid_verifier(verifier):
        raise OAuthError(ErrorCode.INVALID_GRANT, "code_verifier is not one of 43 to 128 unreserved characters.")
    handle = request.wiring.handles.open(HandleKind.CODE, code)
    if handle is None:
        raise invalid_grant("forged code")
    narrowing = read_narrowing(request)
    await check_narrowing(request, narrowing, handle.grant_id)
    await check_encryption_key(request.wiring, client)
    redemption = Redemption(
        grant_id=handle.grant_id,
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        code_challenge=challenge_of(verifier) if verifier is not None else None,
        agent=request.agent,
        becomes=_binding_after(request),
        sender=request.confirmation,
    )
    grant = narrowing.of(await _redeem(request, redemption))
    request.note(Event.CODE_REDEEMED, grant)
    return await tokens_of_grant(
        request.wiring,
        client,
        grant,
        now=request.now,
        scope=grant.scope,
        confirmation=request.confirmation,
        is_first=True,
    )


def _binding_after(request: TokenRequest) -> BindingMode:
    """Which browser the grant is bound to from here on (docs/user-agent-binding.md)."""
    client = request.client
    if client.user_agent_binding == "off":
        return BindingMode.OFF
    if client.application_type == "native":
        return BindingMode.PRODUCT
    if client.is_public or request.agent_given:
        return BindingMode.STABLE  # the mode of its own policy stays; this one says that the browser is checked
    if client.user_agent_binding == "required":
        raise missing_user_agent()
    return BindingMode.UNBOUND


async def _redeem(request: TokenRequest, redemption: Redemption) -> Grant:
    idle_expires_at = request.now + int(request.wiring.settings.refresh_token_idle.total_seconds())
    ua_required = redemption.becomes not in {BindingMode.OFF, BindingMode.UNBOUND}
    grant = await request.wiring.grants.redeem_code(
        redemption, now=request.now, idle_expires_at=idle_expires_at, ua_required=ua_required
    )
    if grant is not None:
        return grant
    # The question why, and what follows from the answer, are one transaction, which therefore tries again.
    async with request.wiring.database.writing() as db:
        for _ in range(2):
            grant = await grants.redeem_code(
                db, redemption, now=request.now, idle_expires_at=idle_expires_at, ua_required=ua_required
            )
            if grant is not None:
                return grant
            found = await grants.find(db, redemption.grant_id)
            refusal = refused_redemption(found, redemption, now=request.now)
            if refusal is not Refusal.OUTDATED_BINDING or found is None:
                break
            await grants.rebind(db, found, reparsed(found.binding))
        error = await refuse(db, request, found, refusal)
    raise error
