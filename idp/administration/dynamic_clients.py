"""Clients that register, change and remove themselves (RFC 7591, RFC 7592), on the same paths as all others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.administration.clients import (
    Declaration,
    change_client,
    disable_client,
    get_registration,
    register_client,
    rotate_secret,
)
from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.clients import initial_tokens, registration_tokens, store
from idp.clients.client import Client
from idp.clients.initial_tokens import InitialToken
from idp.clients.store import Registration
from idp.database.engine import Database
from idp.grants import store as grants
from idp.grants.grant import RevocationReason
from idp.sealing import MasterKeys, new_secret

_BATCH = 500  # grants that end in one transaction: 6 ms on SQLite, 11 on PostgreSQL


@dataclass(frozen=True, slots=True)
class Registered:
    """A client as it stands now. What was generated for it is seen this once."""

    registration: Registration
    secret: str | None
    token: str


async def register(
    db: AsyncConnection, keys: MasterKeys, client_id: str, metadata: Mapping[str, Any], *, origin: Origin
) -> Registered:
    """`metadata` is checked (`clients.dynamic_metadata`); raises `Refused`."""
    declaration = Declaration(client_id, metadata)
    _, secret = await register_client(db, declaration, source=registration_tokens.DYNAMIC, origin=origin, keys=keys)
    token = new_secret()
    await registration_tokens.put(db, client_id, token)
    return Registered(await get_registration(db, client_id), secret, token)


async def replace(
    db: AsyncConnection,
    keys: MasterKeys,
    client_id: str,
    metadata: Mapping[str, Any],
    *,
    token: str,
    origin: Origin,
) -> Registered:
    """RFC 7592 §2.2: what is missing from `metadata` is gone; its secret stays as long as it is of use."""
    await change_client(db, Declaration(client_id, metadata), origin=origin)
    client = (await get_registration(db, client_id)).client
    secret = None
    if not client.has_secret:
        await store.expire_secrets(db, client_id, at=origin.now)
    elif not _has_usable_secret(client, origin.now):
        secret = await rotate_secret(db, client_id, overlap=timedelta(0), origin=origin, keys=keys)
    return Registered(await get_registration(db, client_id), secret, token)


async def remove(database: Database, client_id: str, *, origin: Origin) -> bool:
    """RFC 7592 §2.3: no login, no token, no grant from now on. True for the caller that did it.

    Its grants end first, in transactions that nobody has to wait for, however many there are. Whoever is cut off
    meanwhile asks again: the client is there until its last grants go with it.
    """
    while True:
        async with database.writing() as db:
            if not await _end_grants(db, client_id, origin):
                break
    async with database.writing() as db:
        if not await disable_client(db, client_id, origin=origin):
            return False
        await registration_tokens.put(db, client_id, None)
        await store.expire_secrets(db, client_id, at=origin.now)
        while await _end_grants(db, client_id, origin):  # those of the last moment
            pass
    return True


async def make_initial_token(
    db: AsyncConnection, *, note: str, uses: int | None, lifetime: int, origin: Origin
) -> tuple[InitialToken, str]:
    """A token that lets its holder register clients; its text is seen this once."""
    token = new_secret()
    made = await initial_tokens.insert(
        db, token, note=note, uses=uses, now=origin.now, expires_at=origin.now + lifetime
    )
    details = {"token_id": made.id, "uses": uses if uses is not None else "any", "note": note}
    await record(db, Event.INITIAL_TOKEN_MADE, outcome="success", origin=origin, details=details)
    return made, token


async def revoke_initial_token(db: AsyncConnection, token_id: str, *, origin: Origin) -> bool:
    """False where there is none of that id."""
    if not await initial_tokens.revoke(db, token_id):
        return False
    await record(db, Event.INITIAL_TOKEN_REVOKED, outcome="success", origin=origin, details={"token_id": token_id})
    return True


async def _end_grants(db: AsyncConnection, client_id: str, origin: Origin) -> bool:
    """One batch of them. Whether there may be more."""
    ended = await grants.revoke_for_client(
        db, client_id, reason=RevocationReason.CLIENT_REMOVED, now=origin.now, limit=_BATCH
    )
    return ended == _BATCH


def _has_usable_secret(client: Client, now: int) -> bool:
    """Whether one is left that its method can work with: a digest is no key."""
    secrets = client.sealed_secrets if client.signs_with_secret else client.secret_digests
    return any(expires_at is None or expires_at > now for _, expires_at in secrets)
