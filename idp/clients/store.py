"""Reads and changes the rows of clients and their secrets.

Every change raises the counter `clients`, so that each process drops its `ClientDirectory`'s memory of them.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.clients.client import Client
from idp.clients.metadata import parse_client_metadata
from idp.clients.table import client_secrets, clients
from idp.database.changes import announce
from idp.database.upsert import insert_for
from idp.sealing import digest, new_id

TOPIC = "clients"


@dataclass(frozen=True, slots=True)
class Registration:
    """A client with the metadata as it was declared. `applied_digest` is of what `clients.yaml` last declared."""

    client: Client
    metadata: Mapping[str, Any]
    applied_digest: str | None
    created_at: int
    updated_at: int

    @property
    def has_drifted(self) -> bool:
        """Whether somebody changed it elsewhere since `clients.yaml` was applied."""
        return self.applied_digest is not None and metadata_digest(self.metadata) != self.applied_digest


class _Secret(NamedTuple):
    digest: str
    sealed: bytes | None
    expires_at: int | None


def metadata_digest(metadata: Mapping[str, Any]) -> str:
    """The same for the same metadata, whatever the order of its members."""
    return digest(json.dumps(metadata, sort_keys=True, separators=(",", ":")))


async def find(db: AsyncConnection, client_id: str) -> Client | None:
    """The client with its secrets' digests, disabled ones too."""
    registration = await find_registration(db, client_id)
    return None if registration is None else registration.client


async def find_registration(db: AsyncConnection, client_id: str) -> Registration | None:
    found = await _registrations(db, [client_id])
    return found[0] if found else None


async def list_by_ids(db: AsyncConnection, client_ids: Collection[str]) -> list[Client]:
    """Those of the clients that exist, disabled ones too, by id."""
    if not client_ids:
        return []
    return [registration.client for registration in await _registrations(db, client_ids)]


async def list_registrations(db: AsyncConnection) -> list[Registration]:
    """Every client, by id."""
    return await _registrations(db, None)


async def insert(
    db: AsyncConnection,
    client: Client,
    metadata: Mapping[str, Any],
    *,
    now: int,
    applied_digest: str | None = None,
) -> bool:
    """Stores a new client with its `source` and `status`; False where the id is taken."""
    statement = (
        insert_for(db)(clients)
        .values(
            id=client.client_id,
            client_metadata=dict(metadata),
            source=client.source,
            status=client.status,
            applied_digest=applied_digest,
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(clients.c.id)
    )
    return await _changed(db, statement)


async def replace_metadata(
    db: AsyncConnection,
    client_id: str,
    metadata: Mapping[str, Any],
    *,
    now: int,
    applied_digest: str | None = None,
) -> bool:
    """Replaces checked metadata whole. Without an `applied_digest` the old one stays, and the change shows as drift."""
    values: dict[str, Any] = {"client_metadata": dict(metadata), "updated_at": now}
    if applied_digest is not None:
        values["applied_digest"] = applied_digest
    return await _changed(db, update(clients).where(clients.c.id == client_id).values(values).returning(clients.c.id))


async def set_status(db: AsyncConnection, client_id: str, *, status: str, now: int) -> bool:
    """active or disabled; False where the client is so already, or does not exist."""
    statement = (
        update(clients)
        .where(clients.c.id == client_id, clients.c.status != status)
        .values(status=status, updated_at=now)
        .returning(clients.c.id)
    )
    return await _changed(db, statement)


async def insert_secret(
    db: AsyncConnection,
    client_id: str,
    secret: str,
    *,
    now: int,
    expires_at: int | None = None,
    sealed: bytes | None = None,
) -> None:
    """Stores the digest of one more secret (`sealing.new_secret`), and the sealed secret where it is needed again."""
    await db.execute(
        client_secrets.insert().values(
            id=new_id(),
            client_id=client_id,
            digest=digest(secret),
            sealed=sealed,
            created_at=now,
            expires_at=expires_at,
        )
    )
    await announce(db, TOPIC)


async def expire_secrets(db: AsyncConnection, client_id: str, *, at: int) -> int:
    """Lets every secret that would live longer end at this moment; how many."""
    ended = await db.execute(
        update(client_secrets)
        .where(
            client_secrets.c.client_id == client_id,
            or_(client_secrets.c.expires_at.is_(None), client_secrets.c.expires_at > at),
        )
        .values(expires_at=at)
        .returning(client_secrets.c.id)
    )
    await announce(db, TOPIC)
    return len(ended.all())


async def delete_expired_secrets(db: AsyncConnection, *, now: int) -> int:
    """Forgets secrets that no longer open anything; how many."""
    gone = await db.execute(
        delete(client_secrets).where(client_secrets.c.expires_at <= now).returning(client_secrets.c.id)
    )
    return len(gone.all())


async def _changed(db: AsyncConnection, statement: Any) -> bool:  # noqa: ANN401 - insert and update share no type
    has_changed = (await db.execute(statement)).first() is not None
    if has_changed:
        await announce(db, TOPIC)
    return has_changed


async def _registrations(db: AsyncConnection, client_ids: Collection[str] | None) -> list[Registration]:
    statement = (
        select(clients, client_secrets.c.digest, client_secrets.c.sealed, client_secrets.c.expires_at)
        .outerjoin_from(clients, client_secrets)
        .order_by(clients.c.id, client_secrets.c.created_at.desc())
    )
    if client_ids is not None:
        statement = statement.where(clients.c.id.in_(client_ids))
    rows: dict[str, Any] = {}
    secrets: dict[str, list[_Secret]] = {}
    for row in (await db.execute(statement)).mappings():
        rows[row[clients.c.id]] = row
        if row[client_secrets.c.digest] is not None:
            secrets.setdefault(row[clients.c.id], []).append(
                _Secret(row[client_secrets.c.digest], row[client_secrets.c.sealed], row[client_secrets.c.expires_at])
            )
    return [_registration(row, secrets.get(row_id, [])) for row_id, row in rows.items()]


def _registration(row: Any, secrets: list[_Secret]) -> Registration:  # noqa: ANN401 - a row mapping
    metadata: dict[str, Any] = row[clients.c.client_metadata]
    client = replace(
        parse_client_metadata(row[clients.c.id], metadata),
        status=row[clients.c.status],
        source=row[clients.c.source],
        secret_digests=tuple((secret.digest, secret.expires_at) for secret in secrets),
        sealed_secrets=tuple((secret.sealed, secret.expires_at) for secret in secrets if secret.sealed is not None),
    )
    return Registration(
        client, metadata, row[clients.c.applied_digest], row[clients.c.created_at], row[clients.c.updated_at]
    )
