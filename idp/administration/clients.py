"""Registers and changes relying parties. `clients.yaml`, the command line, the console and the API all end here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.administration.refusal import Refused
from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.clients import store
from idp.clients.client import Client, InvalidClientMetadata
from idp.clients.metadata import parse_client_metadata
from idp.clients.sealed_secrets import seal_secret
from idp.clients.store import Registration
from idp.sealing import MasterKeys, new_id, new_mac_secret, new_secret


@dataclass(frozen=True, slots=True)
class Declaration:
    """A client as somebody wants it to be. Without a `secret`, a confidential client gets a generated one.

    `applied_digest` is given by `clients.yaml` alone: see `plan`.
    """

    client_id: str
    metadata: Mapping[str, Any]
    secret: str | None = None
    applied_digest: str | None = None


def new_client_id() -> str:
    """128 random bits. The prefix keeps client ids apart from those of accounts (`acc_`)."""
    return f"client_{new_id()}"


async def get_registration(db: AsyncConnection, client_id: str) -> Registration:
    """The client with its metadata as declared; raises `Refused`."""
    registration = await store.find_registration(db, client_id)
    if registration is None:
        raise Refused(f"There is no client {client_id!r}: `idp clients list` shows all of them.")
    return registration


async def register_client(
    db: AsyncConnection, declaration: Declaration, *, source: str, origin: Origin, keys: MasterKeys | None = None
) -> tuple[Client, str | None]:
    """The new client, and its secret where one was generated: the only time it can be seen. Raises `Refused`.

    `keys` seal the secret of a client that signs with it; without them such a client is refused.
    """
    client = replace(_parsed(declaration), source=source)
    is_new = await store.insert(
        db, client, declaration.metadata, now=origin.now, applied_digest=declaration.applied_digest
    )
    if not is_new:
        raise Refused(f"The client {client.client_id!r} exists already: choose another id, or change that one.")
    generated = _new_secret(client) if client.has_secret and not declaration.secret else None
    if secret := declaration.secret or generated:
        sealed = _sealed(keys, client, secret)
        await store.insert_secret(db, client.client_id, secret, now=origin.now, sealed=sealed)
    await record(
        db,
        Event.CLIENT_REGISTERED,
        outcome="success",
        origin=origin,
        client_id=client.client_id,
        details={"source": source, "members": sorted(declaration.metadata)},
    )
    return client, generated


async def change_client(db: AsyncConnection, declaration: Declaration, *, origin: Origin) -> None:
    """Replaces the metadata whole; raises `Refused`. Secrets stay as they are: see `rotate_secret`."""
    before = await get_registration(db, declaration.client_id)
    client = _parsed(declaration)
    await store.replace_metadata(
        db, client.client_id, declaration.metadata, now=origin.now, applied_digest=declaration.applied_digest
    )
    members = changed_members(before.metadata, declaration.metadata)
    await record(
        db,
        Event.CLIENT_CHANGED,
        outcome="success",
        origin=origin,
        client_id=client.client_id,
        details={"members": members},
    )


async def disable_client(db: AsyncConnection, client_id: str, *, origin: Origin) -> bool:
    """No new login, no refresh, no introspection through this client; False when it was disabled already."""
    return await _set_status(db, client_id, "disabled", Event.CLIENT_DISABLED, origin=origin)


async def enable_client(db: AsyncConnection, client_id: str, *, origin: Origin) -> bool:
    """False when it was active already."""
    return await _set_status(db, client_id, "active", Event.CLIENT_ENABLED, origin=origin)


async def rotate_secret(
    db: AsyncConnection,
    client_id: str,
    *,
    overlap: timedelta,
    origin: Origin,
    secret: str | None = None,
    keys: MasterKeys | None = None,
) -> str:
    """A new secret; the old ones stay valid for the overlap, so that the application can be changed meanwhile.

    `keys` as at `register_client`. Raises `Refused` for a client without a secret.
    """
    registration = await get_registration(db, client_id)
    if not registration.client.has_secret:
        raise Refused(f"The client {client_id!r} authenticates with no secret: there is none to rotate.")
    await store.delete_expired_secrets(db, now=origin.now)
    await store.expire_secrets(db, client_id, at=origin.now + int(overlap.total_seconds()))
    fresh = secret or _new_secret(registration.client)
    sealed = _sealed(keys, registration.client, fresh)
    await store.insert_secret(db, client_id, fresh, now=origin.now, sealed=sealed)
    await record(
        db,
        Event.CLIENT_SECRET_ROTATED,
        outcome="success",
        origin=origin,
        client_id=client_id,
        details={"overlap_seconds": int(overlap.total_seconds())},
    )
    return fresh


def changed_members(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names of the members that differ, in order."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _new_secret(client: Client) -> str:
    return new_mac_secret() if client.signs_with_secret else new_secret()


def _sealed(keys: MasterKeys | None, client: Client, secret: str) -> bytes | None:
    if not client.signs_with_secret:
        return None
    if keys is None:
        raise Refused("A client with client_secret_jwt cannot be registered here: its secret must be sealed.")
    return seal_secret(keys, client.client_id, secret)


def _parsed(declaration: Declaration) -> Client:
    try:
        return parse_client_metadata(declaration.client_id, declaration.metadata)
    except InvalidClientMetadata as error:
        raise Refused(f"{error.member} {error.reason}.") from error


async def _set_status(db: AsyncConnection, client_id: str, status: str, event: Event, *, origin: Origin) -> bool:
    await get_registration(db, client_id)
    if not await store.set_status(db, client_id, status=status, now=origin.now):
        return False
    await record(db, event, outcome="success", origin=origin, client_id=client_id)
    return True
