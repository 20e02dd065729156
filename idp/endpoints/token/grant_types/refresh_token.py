"""`refresh_token` (RFC 6749 §6): rotated at every use, with the same successor for a retry within the grace.

Where the client's security profile wants no rotation, the same one is answered again.

The good path is one UPDATE and no SELECT; only when it found no row does a SELECT find out why.
"""

from typing import Any

from idp.audit.events import Event
from idp.endpoints.token.grant_types.refusals import invalid_grant, refuse
from idp.endpoints.token.narrowing import check_narrowing, read_narrowing
from idp.endpoints.token.request import TokenRequest
from idp.grants import store as grants
from idp.grants.grant import Grant
from idp.grants.handle import HandleKind
from idp.grants.refusal import Refusal, refused_rotation
from idp.grants.store import Rotation
from idp.issuing import tokens_of_grant
from idp.issuing.encryption import check_encryption_key
from idp.protocol.scopes import OFFLINE_ACCESS
from idp.protocol.user_agent_binding import reparsed


async def refresh_token(request: TokenRequest) -> dict[str, Any]:
    client = request.client
    handle = request.wiring.handles.open(HandleKind.REFRESH_TOKEN, request.require("refresh_token"))
    if handle is None:
        raise invalid_grant("forged refresh token")
    narrowing = read_narrowing(request, with_scope=True)
    rotation = Rotation(
        grant_id=handle.grant_id,
        client_id=client.client_id,
        generation=handle.generation,
        agent=request.agent,
        agent_given=request.agent_given,
        offline_allowed=OFFLINE_ACCESS in client.scope,
        rotates=client.profile.rotates_refresh_tokens,
        sender=request.confirmation,
        sender_may_change=not client.is_public,
    )
    await check_narrowing(request, narrowing, handle.grant_id)
    await check_encryption_key(request.wiring, client)
    grant = narrowing.of(await _rotate(request, rotation))
    request.note(Event.TOKENS_REFRESHED, grant)
    scope = narrowing.scope or tuple(value for value in grant.scope if value in client.scope)
    return await tokens_of_grant(
        request.wiring,
        client,
        grant,
        now=request.now,
        scope=scope,
        confirmation=request.confirmation,
        is_first=False,
    )


async def _rotate(request: TokenRequest, rotation: Rotation) -> Grant:
    settings = request.wiring.settings
    idle_expires_at = request.now + int(settings.refresh_token_idle.total_seconds())
    grant = await request.wiring.grants.rotate(rotation, now=request.now, idle_expires_at=idle_expires_at)
    if grant is not None:
        return grant
    # The question why, and what follows from the answer, are one transaction, which therefore tries again.
    async with request.wiring.database.writing() as db:
        for _ in range(2):
            grant = await grants.rotate(db, rotation, now=request.now, idle_expires_at=idle_expires_at)
            if grant is not None:
                return grant
            found = await grants.find(db, rotation.grant_id)
            grace = int(settings.refresh_grace.total_seconds())
            refusal = refused_rotation(found, rotation, now=request.now, grace=grace)
            if refusal is not Refusal.OUTDATED_BINDING or found is None:
                break
            await grants.rebind(db, found, reparsed(found.binding))
        if refusal is Refusal.RETRIED:
            live = await grants.find_live(db, rotation.grant_id, now=request.now)
            if live is not None and _may_go_offline(live, rotation):
                return live._replace(generation=rotation.generation + 1)
        error = await refuse(db, request, found, refusal)
    raise error


def _may_go_offline(grant: Grant, rotation: Rotation) -> bool:
    return rotation.offline_allowed or not grant.survives_logout
