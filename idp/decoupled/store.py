"""Rows of `decoupled_requests`: each step of their life is one conditional statement."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.sweeping import Sweep
from idp.database.upsert import insert_for
from idp.decoupled.codes import user_code_digest
from idp.decoupled.request import DecoupledRequest, Kind, State
from idp.decoupled.table import decoupled_requests as table
from idp.protocol.authorization_request import AuthorizationRequest
from idp.sealing import MasterKeys, digest

_PURPOSE = "decoupled-request"

# A client that comes late learns for an hour that it is late (expired_token).
SWEEP = Sweep(table, table.c.expires_at, kept_seconds=3600)


async def insert(db: AsyncConnection, keys: MasterKeys, request: DecoupledRequest, *, secret: str) -> bool:
    """`secret`: the device code or the `auth_req_id`. False when the user code is somebody else's at the moment."""
    user_code = request.secrets.get("user_code")
    values = {
        "id": request.id,
        "kind": request.kind,
        "state": request.state,
        "secret_digest": digest(secret),
        "user_code_digest": user_code_digest(keys, user_code) if user_code else None,
        "client_id": request.client_id,
        "account_id": request.account_id,
        "asked": request.asked.to_json(),
        "binding_message": request.binding_message,
        "sealed_secrets": _sealed(keys, request.id, request.secrets),
        "origin_address": request.origin_address,
        "origin_agent": request.origin_agent,
        "interval": request.interval,
        "next_poll_at": request.created_at,
        "ping_attempts": 0,
        "created_at": request.created_at,
        "expires_at": request.expires_at,
    }
    statement = insert_for(db)(table).values(**values).on_conflict_do_nothing().returning(table.c.id)
    return await db.scalar(statement) is not None


async def find(db: AsyncConnection, keys: MasterKeys, request_id: str) -> DecoupledRequest | None:
    return await _one(db, keys, select(table).where(table.c.id == request_id))


async def find_by_secret(db: AsyncConnection, keys: MasterKeys, secret: str) -> DecoupledRequest | None:
    return await _one(db, keys, select(table).where(table.c.secret_digest == digest(secret)))


async def find_by_user_code(db: AsyncConnection, keys: MasterKeys, user_code: str, now: int) -> DecoupledRequest | None:
    """The device's request that can still be answered with this code."""
    is_it = table.c.user_code_digest == user_code_digest(keys, user_code)
    return await _one(db, keys, select(table).where(is_it, *_is_open(now)))


async def list_open_for_account(
    db: AsyncConnection, keys: MasterKeys, account_id: str, now: int
) -> Sequence[DecoupledRequest]:
    """What clients ask of this person, the newest first."""
    mine = select(table).where(table.c.account_id == account_id, table.c.kind == Kind.BACKCHANNEL, *_is_open(now))
    return [_request(keys, row) for row in await db.execute(mine.order_by(table.c.created_at.desc()).limit(20))]


async def approve(
    db: AsyncConnection, keys: MasterKeys, request_id: str, *, account_id: str, grant_id: str, now: int
) -> DecoupledRequest | None:
    """The request, approved by this person just now; None when it is another's, was answered, or is over."""
    values = {"state": State.APPROVED, "account_id": account_id, "grant_id": grant_id}
    return await _answer(db, keys, request_id, values, now=now)


async def deny(
    db: AsyncConnection, keys: MasterKeys, request_id: str, *, account_id: str, now: int
) -> DecoupledRequest | None:
    """The request, denied by this person just now; None as with `approve`."""
    return await _answer(db, keys, request_id, {"state": State.DENIED, "account_id": account_id}, now=now)


async def redeem(
    db: AsyncConnection, keys: MasterKeys, secret: str, *, kind: Kind, client_id: str, now: int
) -> DecoupledRequest | None:
    """Spends an approved request: of any number of parallel polls one gets it."""
    statement = (
        update(table)
        .where(
            table.c.secret_digest == digest(secret),
            table.c.kind == kind,
            table.c.client_id == client_id,
            table.c.state == State.APPROVED,
            table.c.expires_at > now,
        )
        .values(state=State.REDEEMED, sealed_secrets=None, ping_due_at=None)
        .returning(table)
    )
    return await _one(db, keys, statement)


async def count_poll(db: AsyncConnection, request_id: str, *, now: int, slower_by: int) -> bool:
    """Notes one poll of a pending request; False when it came too early: from now on the interval is longer.

    Times are whole seconds: a poll that keeps to the interval may look one second early, and passes.
    """
    in_time = (
        update(table)
        .where(table.c.id == request_id, table.c.next_poll_at <= now)
        .values(next_poll_at=now + table.c.interval - 1)
    )
    if (await db.execute(in_time)).rowcount:
        return True
    longer = table.c.interval + slower_by
    early = update(table).where(table.c.id == request_id).values(interval=longer, next_poll_at=now + longer - 1)
    await db.execute(early)
    return False


async def want_ping(db: AsyncConnection, request_id: str, *, due_at: int) -> None:
    """The client is to be told that there is an answer."""
    await db.execute(update(table).where(table.c.id == request_id).values(ping_due_at=due_at))


async def has_due_ping(db: AsyncConnection, now: int) -> bool:
    """Asked first, because claiming takes SQLite's one writer."""
    return await db.scalar(select(table.c.id).where(table.c.ping_due_at <= now).limit(1)) is not None


async def claim_pings(
    db: AsyncConnection, keys: MasterKeys, *, now: int, again_after: int, tries: int, limit: int = 20
) -> Sequence[DecoupledRequest]:
    """Takes due pings, each for this caller alone; the next try is already set, should this one come to nothing."""
    due = (
        select(table.c.id)
        .where(table.c.ping_due_at <= now)
        .order_by(table.c.ping_due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    attempts = table.c.ping_attempts + 1
    claimed = await db.execute(
        update(table)
        .where(table.c.id.in_(select(due.c.id)), table.c.ping_due_at <= now)
        .values(ping_attempts=attempts, ping_due_at=now + again_after * attempts)
        .returning(table, table.c.ping_attempts)
    )
    rows = claimed.all()
    for row in rows:
        if row.ping_attempts >= tries or row.expires_at <= now:
            await end_ping(db, row.id)
    return [_request(keys, row) for row in rows if row.expires_at > now]


async def end_ping(db: AsyncConnection, request_id: str) -> None:
    """It has arrived, or never will."""
    await db.execute(update(table).where(table.c.id == request_id).values(ping_due_at=None))


async def _answer(
    db: AsyncConnection, keys: MasterKeys, request_id: str, values: Mapping[str, str], *, now: int
) -> DecoupledRequest | None:
    statement = (
        update(table)
        .where(
            table.c.id == request_id,
            or_(table.c.account_id.is_(None), table.c.account_id == values["account_id"]),
            *_is_open(now),
        )
        # The user code has done its work: it may be given out again.
        .values(**values, user_code_digest=None)
        .returning(table)
    )
    return await _one(db, keys, statement)


def _is_open(now: int) -> tuple[ColumnElement[bool], ...]:
    return table.c.state == State.PENDING, table.c.expires_at > now


async def _one(db: AsyncConnection, keys: MasterKeys, statement: Any) -> DecoupledRequest | None:  # noqa: ANN401
    row = (await db.execute(statement)).one_or_none()
    return _request(keys, row) if row else None


def _sealed(keys: MasterKeys, request_id: str, secrets: Mapping[str, str]) -> bytes:
    return keys.seal(json.dumps(dict(secrets)).encode(), purpose=_PURPOSE, context=request_id)


def _request(keys: MasterKeys, row: Row[Any]) -> DecoupledRequest:
    sealed = row.sealed_secrets
    return DecoupledRequest(
        id=row.id,
        kind=Kind(row.kind),
        state=State(row.state),
        client_id=row.client_id,
        account_id=row.account_id,
        grant_id=row.grant_id,
        asked=AuthorizationRequest.from_json(row.asked),
        binding_message=row.binding_message,
        secrets=json.loads(keys.open(sealed, purpose=_PURPOSE, context=row.id)) if sealed else {},
        origin_address=row.origin_address,
        origin_agent=row.origin_agent,
        interval=row.interval,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
