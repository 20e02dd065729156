"""Registering and changing one client."""

from datetime import timedelta

import pytest

from idp.administration.clients import (
    Declaration,
    change_client,
    disable_client,
    enable_client,
    get_registration,
    new_client_id,
    register_client,
    rotate_secret,
)
from idp.administration.refusal import Refused
from idp.audit.record import Origin
from idp.clients.directory import ClientDirectory
from idp.clients.secret import secret_matches
from idp.database.engine import Database
from tests.support.clock import MovableClock

SHOP = {"client_name": "Shop", "redirect_uris": ["https://shop.example.com/cb"]}


@pytest.fixture
def origin(clock: MovableClock) -> Origin:
    return Origin(None, None, None, None, actor="cli:ada", now=clock.now())


async def test_generated_secret_is_shown_once_and_stored_as_a_digest(database: Database, origin: Origin) -> None:
    """The secret that register_client returns authenticates, and stands nowhere."""
    client_id = new_client_id()
    async with database.writing() as db:
        client, secret = await register_client(db, Declaration(client_id, SHOP), source="cli", origin=origin)
    async with database.reading() as db:
        registration = await get_registration(db, client_id)

    assert secret is not None
    assert secret not in str(registration)
    assert secret_matches(registration.client, secret, origin.now)
    assert client.source == registration.client.source == "cli"
    assert client_id.startswith("client_")


async def test_refusals_are_sentences(sqlite_database: Database, origin: Origin) -> None:
    """A taken id, bad metadata, an unknown client, a secret for a public client."""
    public = {**SHOP, "application_type": "spa"}
    async with sqlite_database.writing() as db:
        await register_client(db, Declaration("shop", public), source="cli", origin=origin)
        for attempt, words in (
            (register_client(db, Declaration("shop", SHOP), source="cli", origin=origin), "exists already"),
            (register_client(db, Declaration("acc_1", SHOP), source="cli", origin=origin), "client_id"),
            (register_client(db, Declaration("b", {"client_name": ""}), source="cli", origin=origin), "client_name"),
            (change_client(db, Declaration("none", SHOP), origin=origin), "There is no client 'none'"),
            (change_client(db, Declaration("shop", {**SHOP, "x": 1}), origin=origin), "x is not a member"),
            (disable_client(db, "none", origin=origin), "There is no client"),
            (rotate_secret(db, "shop", overlap=timedelta(0), origin=origin), "no secret"),
        ):
            with pytest.raises(Refused, match=words):
                await attempt


async def test_secrets_rotate_with_an_overlap(database: Database, clock: MovableClock, origin: Origin) -> None:
    """The old secret works until the overlap ends; a second rotation does not lengthen its life."""
    async with database.writing() as db:
        _, first = await register_client(db, Declaration("shop", SHOP), source="cli", origin=origin)
        second = await rotate_secret(db, "shop", overlap=timedelta(hours=2), origin=origin)
        third = await rotate_secret(db, "shop", overlap=timedelta(hours=8), origin=origin)
    async with database.reading() as db:
        client = (await get_registration(db, "shop")).client

    secrets = (first or "", second, third)
    assert [secret_matches(client, each, clock.now()) for each in secrets] == [True, True, True]
    assert [secret_matches(client, each, clock.now() + 7200) for each in secrets] == [False, True, True]
    assert [secret_matches(client, each, clock.now() + 8 * 3600) for each in secrets] == [False, False, True]


async def test_disabling_reaches_the_directory(sqlite_database: Database, origin: Origin) -> None:
    """A disabled client is disabled for whoever reads it afresh, and can be enabled again."""
    directory = ClientDirectory(sqlite_database)
    async with sqlite_database.writing() as db:
        await register_client(db, Declaration("shop", SHOP), source="cli", origin=origin)
        assert await disable_client(db, "shop", origin=origin)
        assert not await disable_client(db, "shop", origin=origin)
    client = await directory.get("shop")
    assert client is not None
    assert not client.is_active
    async with sqlite_database.writing() as db:
        assert await enable_client(db, "shop", origin=origin)
    directory.forget()
    client = await directory.get("shop")
    assert client is not None
    assert client.is_active
