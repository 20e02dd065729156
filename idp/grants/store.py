"""Rows of `grants`: opened, redeemed, rotated and revoked by one conditional statement each."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Update, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.locking import in_lock_order
from idp.database.prepared import Prepared
from idp.database.user_agent_columns import binding_of, binding_values
from idp.grants.grant import Grant, GrantState, LiveGrant, RevocationReason
from idp.grants.statements import (
    LIVE_GRANT,
    LIVE_GRANT_OF_LOGIN,
    REDEEM_AS_PRODUCT,
    REDEEM_BOUND,
    REDEEM_UNBOUND,
    ROTATE,
)
from idp.grants.table import grants as table
from idp.protocol.confirmation import Confirmation
from idp.protocol.user_agent_binding import PARSER_VERSION, Binding, BindingMode, UserAgent, product_name

REDEMPTIONS: dict[BindingMode, Update] = {
    BindingMode.STABLE: REDEEM_BOUND,
    BindingMode.EXACT: REDEEM_BOUND,
    BindingMode.OFF: REDEEM_BOUND,
    BindingMode.UNBOUND: REDEEM_UNBOUND,
    BindingMode.PRODUCT: REDEEM_AS_PRODUCT,
}

_LATER = {"redeemed_at", "rotated_at", "idle_expires_at", "revoked_at", "revoked_reason"}  # null in a new row
_OPENED = Prepared(
    lambda insert: insert(table).on_conflict_do_nothing(index_elements=["flow_id"]).returning(table.c.id),
    given=tuple(column.name for column in table.c if column.name not in _LATER),
)


class Redemption(NamedTuple):
    """What a client brings to redeem a code (RFC 6749 §4.1.3)."""

    grant_id: str
    client_id: str
    redirect_uri: str
    code_challenge: str | None  # of the verifier it sent
    agent: UserAgent | None
    becomes: BindingMode  # bound modes: the grant's own mode stays, and the agent must match it
    sender: Confirmation  # the keys that it has proven to hold


class Rotation(NamedTuple):
    """What a client brings to refresh (RFC 6749 §6)."""

    grant_id: str
    client_id: str
    generation: int
    agent: UserAgent | None
    agent_given: bool  # whether the request carried a User-Agent that counts
    offline_allowed: bool  # whether the client may still use offline_access
    sender: Confirmation
    sender_may_change: bool  # a client that proves itself may come with another key
    rotates: bool = True  # whether the refresh token is replaced by its successor


async def open_grant(db: AsyncConnection, grant: Grant) -> bool:
    """Inserts the grant; False when its flow has been completed before."""
    values = {
        column: getattr(grant, column)
        for column in ("id", "flow_id", "state", "client_id", "account_id", "nonce", "redirect_uri")
    }
    values |= {
        "session_id": grant.session_id or None,
        "scope": " ".join(grant.scope),
        "claims_request": dict(grant.claims_request),
        "audience": list(grant.audience),
        "authorization_details": [dict(detail) for detail in grant.authorization_details] or None,
        "code_challenge": grant.code_challenge,
        "auth_time": grant.auth_time,
        "acr": grant.acr,
        "amr": list(grant.amr),
        "has_refresh_token": grant.has_refresh_token,
        "has_front_channel_token": grant.has_front_channel_token,
        "survives_logout": grant.survives_logout,
        "ua_required": grant.ua_required,
        "generation": grant.generation,
        "created_at": grant.created_at,
        "code_expires_at": grant.code_expires_at,
        "expires_at": grant.expires_at,
        "dpop_jkt": grant.sender.jkt,
        "x5t_s256": grant.sender.x5t_s256,
        **binding_values(grant.binding),
    }
    return await _OPENED.first(db, values) is not None


async def redeem_code(
    db: AsyncConnection, redemption: Redemption, *, now: int, idle_expires_at: int, ua_required: bool
) -> Grant | None:
    """The grant, now active; None when anything about the redemption does not hold."""
    parameters = redemption_parameters(redemption, now=now, idle_expires_at=idle_expires_at, ua_required=ua_required)
    return await _one_grant(db, REDEMPTIONS[redemption.becomes], parameters)


def redemption_parameters(
    redemption: Redemption, *, now: int, idle_expires_at: int, ua_required: bool
) -> dict[str, Any]:
    """Of every statement in `REDEMPTIONS`."""
    return {
        "given_grant_id": redemption.grant_id,
        "given_client_id": redemption.client_id,
        "given_redirect_uri": redemption.redirect_uri,
        "given_code_challenge": redemption.code_challenge,
        "now": now,
        "new_idle_expires_at": idle_expires_at,
        "new_ua_required": ua_required,
        **_sender_parameters(redemption.sender),
        **_agent_parameters(redemption.agent),
    }


async def rotate(db: AsyncConnection, rotation: Rotation, *, now: int, idle_expires_at: int) -> Grant | None:
    """The grant with its next generation; None when anything about the refresh does not hold."""
    return await _one_grant(db, ROTATE, rotation_parameters(rotation, now=now, idle_expires_at=idle_expires_at))


def rotation_parameters(rotation: Rotation, *, now: int, idle_expires_at: int) -> dict[str, Any]:
    """Of the statement `ROTATE`."""
    return {
        "given_grant_id": rotation.grant_id,
        "given_client_id": rotation.client_id,
        "given_generation": rotation.generation,
        "generations_on": 1 if rotation.rotates else 0,
        "offline_allowed": rotation.offline_allowed,
        "agent_given": rotation.agent_given,
        "sender_may_change": rotation.sender_may_change,
        "now": now,
        "new_idle_expires_at": idle_expires_at,
        **_sender_parameters(rotation.sender),
        **_agent_parameters(rotation.agent),
    }


async def find(db: AsyncConnection, grant_id: str) -> Grant | None:
    return await _one_grant(db, select(table).where(table.c.id == grant_id), {})


async def find_live(db: AsyncConnection, grant_id: str, *, now: int) -> Grant | None:
    """The grant if its tokens count: it is active, or has a token from the front, and nothing behind it has ended."""
    return await _one_grant(db, LIVE_GRANT, {"given_grant_id": grant_id, "now": now})


async def find_live_of_login(
    db: AsyncConnection, session_id: str, client_id: str, *, acr: str, now: int
) -> Grant | None:
    """The newest live grant that a client got of this login at this level."""
    parameters = {"given_session_id": session_id, "given_client_id": client_id, "given_acr": acr, "now": now}
    return await _one_grant(db, LIVE_GRANT_OF_LOGIN, parameters)


async def find_by_flow(db: AsyncConnection, flow_id: str) -> Grant | None:
    return await _one_grant(db, select(table).where(table.c.flow_id == flow_id), {})


async def list_clients_of_sessions(db: AsyncConnection, session_ids: Collection[str]) -> list[tuple[str, str]]:
    """Each session with each client that a grant of it was for, whatever became of the grant since."""
    if not session_ids:
        return []
    pair = (table.c.session_id, table.c.client_id)
    rows = await db.execute(select(*pair).where(table.c.session_id.in_(session_ids)).distinct().order_by(*pair))
    return [(row.session_id, row.client_id) for row in rows]


async def rebind(db: AsyncConnection, grant: Grant, binding: Binding) -> bool:
    """Stores what a newer parser reads in the same User-Agent string; only while nothing else has changed it."""
    statement = (
        update(table)
        .where(table.c.id == grant.id, table.c.ua_parser == grant.binding.parser, table.c.ua_raw == grant.binding.raw)
        .values(**binding_values(binding))
    )
    return bool((await db.execute(statement)).rowcount)


async def revoke(db: AsyncConnection, grant_id: str, *, reason: RevocationReason, now: int) -> bool:
    """Ends the grant once: True for the caller that did."""
    return bool(await _revoke_where(db, [table.c.id == grant_id], reason=reason, now=now))


async def revoke_for_session(
    db: AsyncConnection, session_id: str, *, reason: RevocationReason, now: int, spare_offline: bool
) -> int:
    """Ends the session's grants; those with `offline_access` are spared by a logout, by nothing else (SE-07)."""
    conditions = [table.c.session_id == session_id]
    if spare_offline:
        conditions.append(~table.c.survives_logout)
    return await _revoke_where(db, conditions, reason=reason, now=now)


async def revoke_for_account(
    db: AsyncConnection, account_id: str, *, reason: RevocationReason, now: int, client_id: str | None = None
) -> int:
    """Ends all grants of the account, or those of one client; how many ended."""
    conditions = [table.c.account_id == account_id]
    if client_id is not None:
        conditions.append(table.c.client_id == client_id)
    return await _revoke_where(db, conditions, reason=reason, now=now)


async def revoke_for_client(
    db: AsyncConnection, client_id: str, *, reason: RevocationReason, now: int, limit: int
) -> int:
    """Ends grants of the client, whoever gave them, as many as `limit` allows; how many ended. Fewer: none is left."""
    some = select(table.c.id).where(table.c.client_id == client_id, table.c.state != GrantState.REVOKED).limit(limit)
    return await _revoke_where(db, [table.c.id.in_(some)], reason=reason, now=now)


async def revoke_for_session_and_client(
    db: AsyncConnection, session_id: str, client_id: str, *, reason: RevocationReason, now: int
) -> int:
    """Ends one client's grants of one session: as far as a third party's report reaches."""
    conditions = [table.c.session_id == session_id, table.c.client_id == client_id]
    return await _revoke_where(db, conditions, reason=reason, now=now)


async def _revoke_where(
    db: AsyncConnection, conditions: Sequence[ColumnElement[bool]], *, reason: RevocationReason, now: int
) -> int:
    conditions = (*conditions, table.c.state != GrantState.REVOKED)
    return (await db.execute(_revocation(conditions, reason=reason, now=now))).rowcount


def _revocation(conditions: Sequence[ColumnElement[bool]], *, reason: RevocationReason, now: int) -> Update:
    # The condition stands twice: a grant that somebody else revoked while this statement waited for it is not ours.
    return (
        update(table)
        .where(table.c.id.in_(in_lock_order(table.c.id, conditions)), table.c.state != GrantState.REVOKED)
        .values(state=GrantState.REVOKED, revoked_at=now, revoked_reason=reason)
    )


async def _one_grant(db: AsyncConnection, statement: Any, parameters: dict[str, Any]) -> Grant | None:  # noqa: ANN401
    row = (await db.execute(statement, parameters)).one_or_none()
    return grant_of(row) if row else None


def _sender_parameters(sender: Confirmation) -> dict[str, Any]:
    return {"sender_jkt": sender.jkt, "sender_x5t_s256": sender.x5t_s256}


def _agent_parameters(agent: UserAgent | None) -> dict[str, Any]:
    return {
        "has_agent": agent is not None,
        "agent_raw": agent.raw if agent else "",
        "agent_family": agent.family if agent else "",
        "agent_platform": agent.platform if agent else "",
        "agent_device_class": agent.device_class if agent else "",
        "agent_version": agent.version if agent else 0,
        "agent_product": product_name(agent.raw) if agent else "",
        "agent_parser": agent.parser if agent else PARSER_VERSION,
    }


def grant_of(row: Row[Any]) -> Grant:
    """A row of `grants`, whoever read it."""
    return Grant(
        id=row.id,
        flow_id=row.flow_id,
        state=GrantState(row.state),
        client_id=row.client_id,
        account_id=row.account_id,
        session_id=row.session_id or "",
        scope=tuple(row.scope.split()),
        claims_request=row.claims_request,
        audience=tuple(row.audience),
        nonce=row.nonce,
        redirect_uri=row.redirect_uri,
        code_challenge=row.code_challenge,
        auth_time=row.auth_time,
        acr=row.acr,
        amr=tuple(row.amr),
        has_refresh_token=row.has_refresh_token,
        survives_logout=row.survives_logout,
        binding=binding_of(row),
        ua_required=row.ua_required,
        generation=row.generation,
        created_at=row.created_at,
        code_expires_at=row.code_expires_at,
        rotated_at=row.rotated_at,
        idle_expires_at=row.idle_expires_at,
        expires_at=row.expires_at,
        sender=Confirmation(row.dpop_jkt, row.x5t_s256),
        authorization_details=tuple(row.authorization_details or ()),
        has_front_channel_token=row.has_front_channel_token,
    )


def live_grant_of(row: Row[Any]) -> LiveGrant:
    """The same of the columns of `LIVE_GRANT_IN_SHORT`."""
    return LiveGrant(
        id=row.id,
        client_id=row.client_id,
        account_id=row.account_id,
        session_id=row.session_id or "",
        scope=tuple(row.scope.split()),
        has_refresh_token=row.has_refresh_token,
        binding=binding_of(row),
        generation=row.generation,
        idle_expires_at=row.idle_expires_at,
        expires_at=row.expires_at,
    )
