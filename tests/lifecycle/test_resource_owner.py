"""Whose an access token is: account and grant as they stand, in one look-up, on both databases."""

import asyncio

import pytest
from sqlalchemy import update

from idp.accounts import store as accounts
from idp.accounts.account import AccountStatus
from idp.accounts.table import accounts as accounts_table
from idp.database.engine import Database
from idp.grants import store as grants
from idp.grants.grant import GrantState, RevocationReason
from idp.grants.table import grants as grants_table
from idp.lifecycle.resource_owner import ResourceOwnerLane
from idp.protocol.user_agent_binding import BindingMode, bind, read_user_agent
from idp.sessions import store as sessions
from idp.sessions.session import EndReason
from tests.support.browser import FIREFOX
from tests.support.grants import CLIENT_ID, insert_grants, insert_login

NOW = 1_768_478_400
BOUND = bind(BindingMode.STABLE, read_user_agent(FIREFOX))
Login = tuple[str, str]


@pytest.fixture
async def login(database: Database) -> Login:
    """The ids of an account and its session."""
    async with database.writing() as db:
        return await insert_login(db, NOW)


@pytest.fixture
async def grant_id(database: Database, login: Login) -> str:
    async with database.writing() as db:
        (grant_id,) = await insert_grants(db, login, [BOUND], NOW)
        requested = {"userinfo": {"email": None}}
        await db.execute(update(grants_table).where(grants_table.c.id == grant_id).values(claims_request=requested))
    return grant_id


async def test_it_is_what_the_stores_say_of_the_two(database: Database, grant_id: str) -> None:
    """Every column of the account, the client and the claims that it asked for."""
    async with database.reading() as db:
        grant = await grants.find_live(db, grant_id, now=NOW)
        assert grant is not None
        account = await accounts.find(db, grant.account_id)
    owner = await ResourceOwnerLane(database).find(grant_id, now=NOW)
    assert owner is not None
    assert owner.account == account
    assert owner.client_id == grant.client_id == CLIENT_ID
    assert owner.claims_request == grant.claims_request == {"userinfo": {"email": None}}


async def test_each_token_is_its_own_persons(database: Database, login: Login) -> None:
    """Twenty look-ups at once of three people's grants."""
    async with database.writing() as db:
        others = [await insert_login(db, NOW, email=f"{name}@wedos.cz") for name in ("petr", "eva")]
        owned = {(await insert_grants(db, each, [BOUND], NOW))[0]: each[0] for each in (login, *others)}
    asked = [list(owned)[number % 3] for number in range(20)]
    lane = ResourceOwnerLane(database)
    found = await asyncio.gather(*(lane.find(each, now=NOW) for each in asked))
    assert [owner and owner.account.id for owner in found] == [owned[each] for each in asked]


async def test_a_change_is_seen_at_once(database: Database, login: Login, grant_id: str) -> None:
    """What was found before is not what is told."""
    lane = ResourceOwnerLane(database)
    before = await lane.find(grant_id, now=NOW)
    assert before is not None
    async with database.writing() as db:
        await accounts.change_profile(db, login[0], profile={"name": "Lucie Nová"}, locale="cs", now=NOW + 1)
    after = await lane.find(grant_id, now=NOW)
    assert after is not None
    assert (after.account.profile, after.account.locale) == ({"name": "Lucie Nová"}, "cs")


@pytest.mark.parametrize("end", ["revoked", "locked", "signed out", "over", "a code", "unknown"])
async def test_nobody_is_found_for_what_has_ended(database: Database, login: Login, grant_id: str, end: str) -> None:
    """The same ends as of any live grant, on the look-up that comes after them."""
    lane = ResourceOwnerLane(database)
    assert await lane.find(grant_id, now=NOW) is not None
    async with database.writing() as db:
        if end == "revoked":
            await grants.revoke(db, grant_id, reason=RevocationReason.LOGOUT, now=NOW)
        elif end == "locked":
            locked = update(accounts_table).where(accounts_table.c.id == login[0])
            await db.execute(locked.values(status=AccountStatus.LOCKED.value))
        elif end == "signed out":
            await sessions.end(db, login[1], reason=EndReason.LOGOUT, now=NOW)
        elif end == "a code":
            await db.execute(update(grants_table).values(state=GrantState.CODE.value))
    now = NOW + 10 * 365 * 24 * 3600 if end == "over" else NOW
    assert await lane.find("A" * 22 if end == "unknown" else grant_id, now=now) is None
