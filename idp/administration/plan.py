"""The difference between `clients.yaml` and the database. Pure: it reads two lists and changes nothing.

The file owns a client whose row holds an `applied_digest`: of the metadata as the file last set it. When the row's
metadata has another digest by now, somebody changed it elsewhere: drift, which is reported and left alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from idp.administration.clients import changed_members
from idp.administration.clients_file import DeclaredClient
from idp.clients.client import Client
from idp.clients.metadata import parse_client_metadata
from idp.clients.store import Registration, metadata_digest
from idp.sealing import digest

# Stands in `applied_digest` of a client that the file once declared and does not any more.
NO_LONGER_DECLARED = ""


class Action(StrEnum):
    """What `apply` does with one client."""

    CREATE = "create"
    CHANGE = "change"
    UNCHANGED = "unchanged"
    DRIFT = "drift"
    DISABLE = "disable"


@dataclass(frozen=True, slots=True)
class MemberChange:
    """One member before and after; None where it is not there."""

    member: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ClientPlan:
    """What is to be done with one client. `reason` explains drift."""

    client_id: str
    action: Action
    changes: tuple[MemberChange, ...] = ()
    reason: str = ""
    new_secret: bool = False
    enable: bool = False


def plan_clients(
    declared: Sequence[DeclaredClient],
    secrets: Mapping[str, str | None],
    registered: Sequence[Registration],
    *,
    force: bool = False,
) -> list[ClientPlan]:
    """One entry for each client of the file, in its order, then those that the file has lost.

    `secrets` holds what the file's references lead to; None is a secret that `apply` will generate. With `force`,
    drift becomes a change.
    """
    rows = {registration.client.client_id: registration for registration in registered}
    plans = [_plan(entry, secrets, rows.get(entry.client_id), force=force) for entry in declared]
    names = {entry.client_id for entry in declared}
    lost = [row for name, row in rows.items() if name not in names and row.applied_digest]
    return plans + [_plan_lost(row, force=force) for row in lost]


def _plan(
    entry: DeclaredClient, secrets: Mapping[str, str | None], row: Registration | None, *, force: bool
) -> ClientPlan:
    wanted = parse_client_metadata(entry.client_id, entry.metadata)
    if row is None:
        return ClientPlan(entry.client_id, Action.CREATE, _changes({}, entry.metadata), new_secret=wanted.has_secret)
    changes = _changes(row.metadata, entry.metadata)
    is_back = row.applied_digest == NO_LONGER_DECLARED
    new_secret = _needs_secret(entry, wanted, row.client, secrets)
    enable = not row.client.is_active
    reason = "" if is_back else _drift(entry, row, secrets, differs=bool(changes))
    if reason and not force:
        return ClientPlan(entry.client_id, Action.DRIFT, changes, reason)
    if changes or new_secret or enable:
        return ClientPlan(entry.client_id, Action.CHANGE, changes, reason, new_secret=new_secret, enable=enable)
    return ClientPlan(entry.client_id, Action.UNCHANGED)


def _plan_lost(row: Registration, *, force: bool) -> ClientPlan:
    if row.has_drifted and not force:
        reason = "the file no longer declares it, and its metadata was changed elsewhere"
        return ClientPlan(row.client.client_id, Action.DRIFT, reason=reason)
    return ClientPlan(row.client.client_id, Action.DISABLE)


def _drift(entry: DeclaredClient, row: Registration, secrets: Mapping[str, str | None], *, differs: bool) -> str:
    """Why the row is not what the file last made it; empty when it is. The same change made twice is no drift."""
    if row.applied_digest is None:
        return f"it was registered elsewhere ({row.client.source})"
    if row.has_drifted and differs:
        return "its metadata was changed elsewhere"
    if not row.client.is_active:
        return "it was disabled elsewhere"
    secret = secrets.get(entry.client_id)
    if secret is not None and dict(row.client.secret_digests).get(digest(secret)) is not None:
        return "its secret was rotated elsewhere"
    return ""


def _needs_secret(entry: DeclaredClient, wanted: Client, present: Client, secrets: Mapping[str, str | None]) -> bool:
    if not wanted.has_secret:
        return False
    lasting = {known for known, expires in present.secret_digests if expires is None}
    if entry.secret is None:
        return not lasting
    secret = secrets.get(entry.client_id)
    return secret is None or digest(secret) not in lasting


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[MemberChange, ...]:
    return tuple(MemberChange(name, before.get(name), after.get(name)) for name in changed_members(before, after))


def is_settled(plans: Sequence[ClientPlan]) -> bool:
    """Whether `apply` would change nothing."""
    return all(plan.action in {Action.UNCHANGED, Action.DRIFT} for plan in plans)


def applied_digest_of(entry: DeclaredClient) -> str:
    return metadata_digest(entry.metadata)
