"""Makes the database what `clients.yaml` says, in one transaction; a second time it changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.administration.client_secrets import SecretReference, make_secret_file, read_secret
from idp.administration.clients import (
    Declaration,
    change_client,
    disable_client,
    enable_client,
    register_client,
    rotate_secret,
)
from idp.administration.clients_file import DeclaredClient
from idp.administration.plan import NO_LONGER_DECLARED, Action, ClientPlan, applied_digest_of, is_settled, plan_clients
from idp.administration.refusal import Refused
from idp.audit.record import Origin
from idp.clients import store
from idp.clients.client import InvalidClientMetadata
from idp.clients.metadata import parse_client_metadata
from idp.clients.sector_identifier import check_sector_identifier
from idp.database.changes import announce
from idp.database.engine import Database
from idp.outbound.client import OutboundClient
from idp.sealing import MasterKeys


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done, and the secrets that were generated: by client id, to be shown once."""

    plans: list[ClientPlan]
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def drifted(self) -> list[ClientPlan]:
        """What was left as it is, because somebody changed it elsewhere."""
        return [plan for plan in self.plans if plan.action is Action.DRIFT]


async def plan_file(
    database: Database, declared: Sequence[DeclaredClient], *, environment: Mapping[str, str]
) -> list[ClientPlan]:
    """What `apply_file` would do now; raises `Refused` for a secret that cannot be read."""
    secrets = {entry.client_id: read_secret(entry.secret, environment) for entry in declared if entry.secret}
    async with database.reading() as db:
        return plan_clients(declared, secrets, await store.list_registrations(db))


async def apply_file(  # noqa: PLR0913 - what an apply is, each by its name
    database: Database,
    declared: Sequence[DeclaredClient],
    *,
    outbound: OutboundClient,
    environment: Mapping[str, str],
    origin: Origin,
    overlap: timedelta,
    force: bool = False,
    keys: MasterKeys | None = None,
) -> Applied:
    """Applies all of it or nothing. Replaced secrets stay valid for the overlap. Raises `Refused`.

    `keys`: see `register_client`.
    """
    secrets = {entry.client_id: _read_or_make(entry.secret, environment) for entry in declared if entry.secret}
    async with database.reading() as db:
        registered = await store.list_registrations(db)
    plans = plan_clients(declared, secrets, registered, force=force)
    if is_settled(plans) and not _stale_digests(declared, registered, plans):
        return Applied(plans)
    await _check_sectors(outbound, declared, plans)
    async with database.writing() as db:
        await announce(db, store.TOPIC)  # also the lock: the counter's row admits one apply at a time
        registered = await store.list_registrations(db)
        plans = plan_clients(declared, secrets, registered, force=force)
        work = _Work(db, {entry.client_id: entry for entry in declared}, secrets, origin, overlap, keys)
        generated = {plan.client_id: secret for plan in plans if (secret := await work.do(plan))}
        for entry in _stale_digests(declared, registered, plans):
            await work.adopt(entry)
    return Applied(plans, generated)


async def _check_sectors(
    outbound: OutboundClient, declared: Sequence[DeclaredClient], plans: Sequence[ClientPlan]
) -> None:
    """Of what is new or changed alone: a file that cannot be read later on stops nothing."""
    metadata = {entry.client_id: entry.metadata for entry in declared}
    for plan in plans:
        if plan.action in {Action.CREATE, Action.CHANGE} and "sector_identifier_uri" in metadata[plan.client_id]:
            try:
                client = parse_client_metadata(plan.client_id, metadata[plan.client_id])
                await check_sector_identifier(outbound, client)
            except InvalidClientMetadata as error:
                raise Refused(f"{plan.client_id}: {error.member} {error.reason}.") from error


@dataclass(frozen=True, slots=True)
class _Work:
    """One apply's transaction."""

    db: AsyncConnection
    declared: Mapping[str, DeclaredClient]
    secrets: Mapping[str, str | None]
    origin: Origin
    overlap: timedelta
    keys: MasterKeys | None

    async def do(self, plan: ClientPlan) -> str | None:
        """The client's generated secret, where there is one."""
        match plan.action:
            case Action.CREATE:
                declaration = self._declaration(plan.client_id)
                created = await register_client(self.db, declaration, source="file", origin=self.origin, keys=self.keys)
                return created[1]
            case Action.CHANGE:
                return await self._change(plan)
            case Action.DISABLE:
                await self._let_go(plan.client_id)
            case Action.UNCHANGED | Action.DRIFT:
                pass
        return None

    async def adopt(self, entry: DeclaredClient) -> None:
        """The same change was made here and elsewhere: the row is the file's again."""
        digest = applied_digest_of(entry)
        await store.replace_metadata(
            self.db, entry.client_id, entry.metadata, now=self.origin.now, applied_digest=digest
        )

    def _declaration(self, client_id: str) -> Declaration:
        entry = self.declared[client_id]
        return Declaration(client_id, entry.metadata, self.secrets.get(client_id), applied_digest_of(entry))

    async def _change(self, plan: ClientPlan) -> str | None:
        declaration = self._declaration(plan.client_id)
        if plan.changes:
            await change_client(self.db, declaration, origin=self.origin)
        else:
            await self.adopt(self.declared[plan.client_id])
        if plan.enable:
            await enable_client(self.db, plan.client_id, origin=self.origin)
        if not plan.new_secret:
            return None
        secret = await rotate_secret(
            self.db,
            plan.client_id,
            overlap=self.overlap,
            origin=self.origin,
            secret=declaration.secret,
            keys=self.keys,
        )
        return None if declaration.secret else secret

    async def _let_go(self, client_id: str) -> None:
        await disable_client(self.db, client_id, origin=self.origin)
        registration = await store.find_registration(self.db, client_id)
        if registration is not None:
            await store.replace_metadata(
                self.db, client_id, registration.metadata, now=self.origin.now, applied_digest=NO_LONGER_DECLARED
            )


def _read_or_make(reference: SecretReference, environment: Mapping[str, str]) -> str | None:
    secret = read_secret(reference, environment)
    return make_secret_file(reference.file) if secret is None and reference.file is not None else secret


def _stale_digests(
    declared: Sequence[DeclaredClient], registered: Sequence[store.Registration], plans: Sequence[ClientPlan]
) -> list[DeclaredClient]:
    digests = {row.client.client_id: row.applied_digest for row in registered}
    unchanged = {plan.client_id for plan in plans if plan.action is Action.UNCHANGED}
    return [
        entry
        for entry in declared
        if entry.client_id in unchanged and digests[entry.client_id] != applied_digest_of(entry)
    ]
