"""`clients.yaml` against the database: created, changed, disabled, or left alone because somebody else changed it."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from idp.administration import clients as administration
from idp.administration.apply import Applied, apply_file, plan_file
from idp.administration.client_secrets import SecretReference
from idp.administration.clients import Declaration
from idp.administration.clients_file import DeclaredClient
from idp.administration.plan import Action, MemberChange
from idp.administration.refusal import Refused
from idp.audit.record import Origin
from idp.audit.store import list_events
from idp.clients import store
from idp.clients.secret import secret_matches
from idp.clients.store import Registration
from idp.database.engine import Database
from idp.outbound.client import OutboundClient, OutboundRules
from tests.support.clock import MovableClock

OVERLAP = timedelta(hours=24)
SHOP: Mapping[str, Any] = {"client_name": "Shop", "redirect_uris": ["https://shop.example.com/cb"]}
FIRST, SECOND = "1" * 43, "2" * 43


def declare(client_id: str = "shop", secret: SecretReference | None = None, **members: object) -> DeclaredClient:
    return DeclaredClient(client_id, {**SHOP, **members}, secret, line=1)


def by_hand(clock: MovableClock) -> Origin:
    return Origin(None, None, None, None, actor="cli:ada", now=clock.now())


async def apply(
    database: Database, clock: MovableClock, *declared: DeclaredClient, environment: Mapping[str, str] | None = None,
    force: bool = False,
) -> Applied:  # fmt: skip
    return await apply_file(
        database,
        declared,
        outbound=OutboundClient(OutboundRules(allows_loopback=True)),
        environment=environment or {},
        origin=by_hand(clock),
        overlap=OVERLAP,
        force=force,
    )


async def registered(database: Database, client_id: str = "shop") -> Registration:
    async with database.reading() as db:
        return await administration.get_registration(db, client_id)


def actions(applied: Applied) -> list[tuple[str, Action]]:
    return [(plan.client_id, plan.action) for plan in applied.plans]


async def test_apply_creates_and_is_idempotent(database: Database, clock: MovableClock) -> None:
    """The first run registers and prints the generated secret; the second changes nothing, not even a time."""
    first = await apply(database, clock, declare(), declare("spa", application_type="spa"))
    before = await registered(database)
    clock.advance(hours=1)
    second = await apply(database, clock, declare(), declare("spa", application_type="spa"))

    assert actions(first) == [("shop", Action.CREATE), ("spa", Action.CREATE)]
    assert list(first.secrets) == ["shop"]
    assert secret_matches(before.client, first.secrets["shop"], clock.now())
    assert (before.client.source, before.client.status) == ("file", "active")
    assert actions(second) == [("shop", Action.UNCHANGED), ("spa", Action.UNCHANGED)]
    assert second.secrets == {}
    assert await registered(database) == before


async def test_changes_are_shown_member_by_member(sqlite_database: Database, clock: MovableClock) -> None:
    """The plan names each member with its values and touches nothing; apply makes them so."""
    await apply(sqlite_database, clock, declare())
    changed = declare(client_name="Shop 2", scope="openid")
    (plan,) = await plan_file(sqlite_database, [changed], environment={})
    assert (await registered(sqlite_database)).metadata == SHOP
    await apply(sqlite_database, clock, changed)

    assert plan.action is Action.CHANGE
    assert plan.changes == (MemberChange("client_name", "Shop", "Shop 2"), MemberChange("scope", None, "openid"))
    assert (await registered(sqlite_database)).client.client_name == "Shop 2"


async def test_drift_is_reported_and_left_alone(database: Database, clock: MovableClock) -> None:
    """What was changed elsewhere stays until --force; other clients of the same run are applied."""
    await apply(database, clock, declare())
    async with database.writing() as db:
        elsewhere = Declaration("shop", {**SHOP, "client_name": "Changed elsewhere"})
        await administration.change_client(db, elsewhere, origin=by_hand(clock))

    reported = await apply(database, clock, declare(), declare("new"))
    assert actions(reported) == [("shop", Action.DRIFT), ("new", Action.CREATE)]
    assert [plan.client_id for plan in reported.drifted] == ["shop"]
    assert (await registered(database)).client.client_name == "Changed elsewhere"

    forced = await apply(database, clock, declare(), declare("new"), force=True)
    assert actions(forced)[0] == ("shop", Action.CHANGE)
    assert (await registered(database)).client.client_name == "Shop"
    assert actions(await apply(database, clock, declare(), declare("new")))[0] == ("shop", Action.UNCHANGED)


async def test_same_change_made_twice_is_no_drift(sqlite_database: Database, clock: MovableClock) -> None:
    """When the file catches up with what was changed elsewhere, the row is the file's again."""
    await apply(sqlite_database, clock, declare())
    async with sqlite_database.writing() as db:
        await administration.change_client(
            db, Declaration("shop", {**SHOP, "client_name": "Both"}), origin=by_hand(clock)
        )
    assert actions(await apply(sqlite_database, clock, declare(client_name="Both"))) == [("shop", Action.UNCHANGED)]
    assert actions(await apply(sqlite_database, clock, declare(client_name="Next"))) == [("shop", Action.CHANGE)]


async def test_disabled_or_registered_elsewhere_is_drift(sqlite_database: Database, clock: MovableClock) -> None:
    """An emergency stop by hand, and an id that somebody else took, survive the next apply."""
    await apply(sqlite_database, clock, declare())
    async with sqlite_database.writing() as db:
        await administration.disable_client(db, "shop", origin=by_hand(clock))
        await administration.register_client(db, Declaration("mine", SHOP), source="cli", origin=by_hand(clock))

    reported = await apply(sqlite_database, clock, declare(), declare("mine"))
    assert [plan.reason for plan in reported.plans] == [
        "it was disabled elsewhere",
        "it was registered elsewhere (cli)",
    ]
    await apply(sqlite_database, clock, declare(), declare("mine"), force=True)
    assert (await registered(sqlite_database)).client.is_active
    assert actions(await apply(sqlite_database, clock, declare(), declare("mine", client_name="Ours"))) == [
        ("shop", Action.UNCHANGED),
        ("mine", Action.CHANGE),
    ]


async def test_removed_client_is_disabled_and_comes_back(database: Database, clock: MovableClock) -> None:
    """A client that the file loses is disabled, not deleted; declared again, it is active with the secret it had."""
    created = await apply(database, clock, declare(), declare("other"))
    removed = await apply(database, clock, declare("other"))
    again = await apply(database, clock, declare("other"))
    assert actions(removed) == [("other", Action.UNCHANGED), ("shop", Action.DISABLE)]
    assert actions(again) == [("other", Action.UNCHANGED)]
    assert not (await registered(database)).client.is_active

    back = await apply(database, clock, declare(client_name="Back"), declare("other"))
    assert actions(back)[0] == ("shop", Action.CHANGE)
    client = (await registered(database)).client
    assert client.is_active
    assert secret_matches(client, created.secrets["shop"], clock.now())


async def test_clients_of_others_are_not_touched(sqlite_database: Database, clock: MovableClock) -> None:
    """What the file never declared is not the file's to disable."""
    async with sqlite_database.writing() as db:
        await administration.register_client(db, Declaration("mine", SHOP), source="cli", origin=by_hand(clock))

    assert actions(await apply(sqlite_database, clock, declare())) == [("shop", Action.CREATE)]
    assert (await registered(sqlite_database, "mine")).client.is_active


async def test_new_secret_in_the_environment_replaces_the_old_one(database: Database, clock: MovableClock) -> None:
    """Both work for the overlap, then only the new one."""
    entry = declare(secret=SecretReference(variable="SHOP_SECRET"))
    await apply(database, clock, entry, environment={"SHOP_SECRET": FIRST})
    changed = await apply(database, clock, entry, environment={"SHOP_SECRET": SECOND})
    again = await apply(database, clock, entry, environment={"SHOP_SECRET": SECOND})
    client = (await registered(database)).client

    assert changed.plans[0].new_secret
    assert changed.secrets == {}
    assert actions(again) == [("shop", Action.UNCHANGED)]
    assert [secret_matches(client, secret, clock.now()) for secret in (FIRST, SECOND)] == [True, True]
    clock.advance(hours=24)
    assert [secret_matches(client, secret, clock.now()) for secret in (FIRST, SECOND)] == [False, True]


async def test_secret_rotated_elsewhere_is_drift(sqlite_database: Database, clock: MovableClock) -> None:
    """A secret that an operator replaced does not come back with the next apply."""
    entry = declare(secret=SecretReference(variable="SHOP_SECRET"))
    await apply(sqlite_database, clock, entry, environment={"SHOP_SECRET": FIRST})
    async with sqlite_database.writing() as db:
        await administration.rotate_secret(db, "shop", overlap=OVERLAP, origin=by_hand(clock))

    applied = await apply(sqlite_database, clock, entry, environment={"SHOP_SECRET": FIRST})
    assert applied.drifted[0].reason == "its secret was rotated elsewhere"


async def test_secret_file_is_made_once(sqlite_database: Database, clock: MovableClock, tmp_path: Path) -> None:
    """`generate: true` writes the file, and the client accepts what is in it."""
    file = tmp_path / "secrets" / "shop"
    entry = declare(secret=SecretReference(file=file, generate=True))
    await plan_file(sqlite_database, [entry], environment={})
    assert not file.exists()
    applied = await apply(sqlite_database, clock, entry)
    again = await apply(sqlite_database, clock, entry)

    assert applied.secrets == {}
    assert actions(again) == [("shop", Action.UNCHANGED)]
    assert secret_matches((await registered(sqlite_database)).client, file.read_text().strip(), clock.now())


async def test_client_that_becomes_confidential_gets_a_secret(sqlite_database: Database, clock: MovableClock) -> None:
    """From public to confidential, a secret is generated and shown once."""
    await apply(sqlite_database, clock, declare(token_endpoint_auth_method="none"))
    applied = await apply(sqlite_database, clock, declare())

    assert secret_matches((await registered(sqlite_database)).client, applied.secrets["shop"], clock.now())


async def test_failing_apply_changes_nothing(sqlite_database: Database, clock: MovableClock) -> None:
    """A secret that is missing for one client keeps all others from being changed."""
    missing = declare("other", secret=SecretReference(variable="MISSING"))
    with pytest.raises(Refused, match="MISSING"):
        await apply(sqlite_database, clock, declare(), missing)

    async with sqlite_database.reading() as db:
        assert await store.list_registrations(db) == []


async def test_parallel_applies_converge(database: Database, clock: MovableClock, tmp_path: Path) -> None:
    """Eight processes apply the same file: each client is created once, with one secret that works."""
    file = SecretReference(file=tmp_path / "secret", generate=True)
    entries = [declare("one", secret=file), declare("two"), declare("three", application_type="spa")]
    databases = [Database(database.url.render_as_string(hide_password=False)) for _ in range(8)]
    applied = await asyncio.gather(*(apply(each, clock, *entries) for each in databases))
    for each in databases:
        await each.close()

    generated = [secret for each in applied for secret in each.secrets.values()]
    async with database.reading() as db:
        rows = {row.client.client_id: row.client for row in await store.list_registrations(db)}
        events = await list_events(db, event="client_registered")
    assert len(events) == 3
    assert len(generated) == 1
    assert secret_matches(rows["two"], generated[0], clock.now())
    assert secret_matches(rows["one"], (tmp_path / "secret").read_text().strip(), clock.now())
    assert [len(rows[name].secret_digests) for name in ("one", "two", "three")] == [1, 1, 0]


async def test_changes_are_in_the_audit_log(sqlite_database: Database, clock: MovableClock) -> None:
    """Who, what and which members; never a value that could be a secret."""
    entry = declare(secret=SecretReference(variable="SHOP_SECRET"))
    await apply(sqlite_database, clock, entry, environment={"SHOP_SECRET": FIRST})
    changed = declare(client_name="New", secret=SecretReference(variable="SHOP_SECRET"))
    await apply(sqlite_database, clock, changed, environment={"SHOP_SECRET": SECOND})
    await apply(sqlite_database, clock)

    async with sqlite_database.reading() as db:
        events = await list_events(db)
    assert [(each.event, each.actor, each.client_id) for each in reversed(events)] == [
        (name, "cli:ada", "shop")
        for name in ("client_registered", "client_changed", "client_secret_rotated", "client_disabled")
    ]
    assert events[2].details["members"] == ["client_name"]
    assert not any(secret in str(events) for secret in (FIRST, SECOND))
