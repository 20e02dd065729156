"""The life of grants against a model: whatever happens in whatever order, both say the same about every token.

On lanes and through SQLAlchemy's own connections, on both databases, with commits that fail.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.engine import make_url
from structlog.testing import capture_logs

from idp.administration.accounts import get_account, lock_account, unlock_account
from idp.database.engine import Database
from idp.grants.lanes import GrantLanes
from tests.support import schema
from tests.support.browser import CHROME, FIREFOX, Browser
from tests.support.clock import MovableClock
from tests.support.failing_commits import fail_commits, install_failing_commits
from tests.support.plain_grants import PlainGrants
from tests.support.postgresql import Cluster
from tests.support.provider import Provider, TestClient, running_provider, test_settings
from tests.support.relying_party import RelyingParty

_GRACE, _CODE_LIFE, _IDLE, _LIFE = 10, 60, 14 * 86_400, 90 * 86_400


class ModelGrant:
    """What should be true of one grant."""

    def __init__(self, code: str, now: int) -> None:
        self.code, self.created, self.state = code, now, "code"
        self.tokens: list[str] = []
        self.rotated: int | None = None
        self.used = now

    def is_live(self, now: int) -> bool:
        return self.state == "active" and now < min(self.used + _IDLE, self.created + _LIFE)


class GrantMachine(RuleBasedStateMachine):
    """One account, one browser session at a time, any number of grants."""

    fresh_database: Callable[[Path], str]
    drop_database: Callable[[str], None]
    grants_of: Callable[[Database], GrantLanes]
    client: TestClient
    grants = Bundle("grants")

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.runner = asyncio.Runner()
        self.clock = MovableClock()
        self.model: list[ModelGrant] = []
        self.locked = False
        self.commits_fail = False

    @initialize()
    def start(self) -> None:
        self.url = type(self).fresh_database(self.directory)
        self.running = running_provider(test_settings(self.url, self.directory), self.clock)
        self.provider: Provider = self.runner.run(self.running.__aenter__())
        self.provider.wiring.grants = type(self).grants_of(self.provider.wiring.database)
        self.rp = RelyingParty(self.provider, self.client)
        self.browser = Browser(self.provider.app)

    def teardown(self) -> None:
        if hasattr(self, "browser"):
            self.runner.run(self.browser.http.aclose())
            self.runner.run(self.running.__aexit__(None, None, None))
            type(self).drop_database(self.url)
        self.runner.close()
        shutil.rmtree(self.directory)

    @rule(target=grants)
    def authorize(self) -> object:
        page = self.runner.run(self.rp.sign_in(self.browser))
        assert ("code" in page.query) is (not self.locked)
        if self.locked:
            return multiple()
        self.model.append(ModelGrant(page.query["code"], self.clock.now()))
        return self.model[-1]

    @rule(grant=grants)
    def redeem(self, grant: ModelGrant) -> None:
        """The first time in time gives tokens; any later time ends them."""
        answer = self._ask(self.rp.redeem(grant.code, user_agent=FIREFOX))
        if answer is None:
            return
        in_time = grant.state == "code" and self.clock.now() < grant.created + _CODE_LIFE
        assert answer.status_code == (200 if in_time else 400)
        if in_time:
            grant.state, grant.used = "active", self.clock.now()
            grant.tokens.append(answer.json()["refresh_token"])
        elif grant.state == "active":
            grant.state = "revoked"

    @rule(grant=grants, back=st.integers(0, 3))
    def refresh(self, grant: ModelGrant, back: int) -> None:
        """The newest token rotates, the one before it is retried within the grace, older ones end everything."""
        if back >= len(grant.tokens):
            return
        token, now = grant.tokens[-1 - back], self.clock.now()
        answer = self._ask(self.rp.refresh(token, user_agent=FIREFOX))
        if answer is None:
            return
        just_rotated = grant.rotated is not None and now - grant.rotated <= _GRACE
        if not grant.is_live(now) or (back > 1 and just_rotated):
            assert answer.status_code == 400
        elif back == 0:
            grant.tokens.append(answer.json()["refresh_token"])
            grant.rotated = grant.used = now
        elif just_rotated:
            assert answer.json()["refresh_token"] == grant.tokens[-back]
        else:
            assert answer.status_code == 400
            grant.state = "revoked"

    @rule(grant=grants)
    def refresh_from_another_browser(self, grant: ModelGrant) -> None:
        """Ends the session, and with it everything that hangs on it."""
        if not grant.tokens:
            return
        answer = self._ask(self.rp.refresh(grant.tokens[-1], user_agent=CHROME))
        if answer is None:
            return
        assert answer.status_code == 400
        if grant.is_live(self.clock.now()):
            self._end_all()
            self._new_browser()

    @rule(grant=grants)
    def revoke(self, grant: ModelGrant) -> None:
        if grant.tokens and not self.commits_fail:
            assert self.runner.run(self.rp.post("/revoke", {"token": grant.tokens[-1]})).status_code == 200
            grant.state = "revoked"

    @rule(seconds=st.sampled_from([1, 9, 11, 61, 600]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    @rule()
    def break_or_mend_commits(self) -> None:
        """While they are broken, whatever would change a grant changes nothing, and nobody is told that it did."""
        self.commits_fail = not self.commits_fail
        self.runner.run(fail_commits(self.provider.wiring.database, really=self.commits_fail))

    @precondition(lambda self: not self.commits_fail)
    @rule()
    def lock_or_unlock(self) -> None:
        self.runner.run(self._change_lock())
        self.locked = not self.locked
        if self.locked:
            self._end_all()

    async def _change_lock(self) -> None:
        async with self.provider.wiring.database.writing() as db:
            account, origin = await get_account(db, "lucie@wedos.cz"), self.provider.origin()
            if self.locked:
                await unlock_account(db, account, origin=origin)
            else:
                await lock_account(db, self.provider.keys, account, reason="model", origin=origin)

    @invariant()
    def every_token_is_what_the_model_says(self) -> None:
        """At most one live refresh token in a family; none after a revocation, a replay, a lock or another browser."""
        for grant in self.model:
            for number, token in enumerate(grant.tokens, start=1):
                told = self.runner.run(self.rp.introspect(token))["active"]
                assert told is (number == len(grant.tokens) and grant.is_live(self.clock.now()))

    def _ask(self, request: Awaitable[httpx.Response]) -> httpx.Response | None:
        """None when a commit has failed: then nothing has happened."""
        answer = self.runner.run(_awaited(request))
        assert answer.status_code < 500 or self.commits_fail
        return None if answer.status_code >= 500 else answer

    def _end_all(self) -> None:
        for grant in self.model:
            grant.state = "revoked"

    def _new_browser(self) -> None:
        self.runner.run(self.browser.http.aclose())
        self.browser = Browser(self.provider.app)


async def _awaited(request: Awaitable[httpx.Response]) -> httpx.Response:
    return await request


async def prepare(database_url: str, directory: Path) -> TestClient:
    """An account, a client and signing keys: what every life begins with."""
    async with running_provider(test_settings(database_url, directory), MovableClock()) as provider:
        await provider.account()
        await install_failing_commits(provider.wiring.database)
        return await provider.client()


@pytest.fixture
def sqlite_lives(sqlite_url: str, tmp_path: Path) -> None:
    """Each life begins with a copy of one file."""
    template = Path(sqlite_url.removeprefix("sqlite:///"))
    GrantMachine.client = asyncio.run(prepare(sqlite_url, tmp_path))
    GrantMachine.fresh_database = lambda directory: f"sqlite:///{shutil.copy(template, directory / 'idp.sqlite3')}"
    GrantMachine.drop_database = lambda _: None


@pytest.fixture
def postgresql_lives(postgresql: Cluster, postgresql_url: str, tmp_path: Path) -> None:
    """Each life begins with a copy of one database."""
    template = make_url(postgresql_url).database or ""
    GrantMachine.client = asyncio.run(prepare(postgresql_url, tmp_path))
    GrantMachine.fresh_database = lambda _: postgresql.url(asyncio.run(schema.copy_postgresql(postgresql, template)))
    GrantMachine.drop_database = lambda url: asyncio.run(
        schema.drop_postgresql(postgresql, make_url(url).database or "")
    )


@pytest.mark.requirement("RM-01", "RT-01", "RT-03")
@pytest.mark.parametrize("grants_of", [GrantLanes, PlainGrants])
@pytest.mark.parametrize("lives", ["sqlite_lives", "postgresql_lives"])
def test_the_model_holds(request: pytest.FixtureRequest, lives: str, grants_of: type[GrantLanes]) -> None:
    """A dozen long random lives, the same in every run and by every way to the database."""
    request.getfixturevalue(lives)
    GrantMachine.grants_of = grants_of
    with capture_logs():
        run_state_machine_as_test(GrantMachine, settings=_BOUNDED)


_BOUNDED = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
