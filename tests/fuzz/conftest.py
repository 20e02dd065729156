"""A provider that outlives one example, and people in every state of a login."""

import asyncio
import shutil
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from structlog.testing import capture_logs

from idp.clients.backchannel_authentication import CIBA
from idp.clients.device_authorization import DEVICE_CODE
from tests.support import schema
from tests.support.browser import FIREFOX, Browser
from tests.support.clock import MovableClock
from tests.support.decoupled import a_device, type_code
from tests.support.postgresql import Cluster
from tests.support.provider import Provider, running_provider, test_settings
from tests.support.relying_party import RelyingParty

_Result = TypeVar("_Result")
DETAIL_TYPES = '{"domain": {"actions": ["read"], "members": ["name"]}}'
GRANTS = ("authorization_code", "refresh_token")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is as far as `at`: the cookies, the flow and the hidden fields that the server gave out."""

    at: str
    cookies: str
    flow: str
    csrf: str


@dataclass(slots=True)
class Target:
    """What is fuzzed. `run` drives its loop, since Hypothesis calls plain functions."""

    runner: asyncio.Runner
    provider: Provider
    rp: RelyingParty
    visitors: list[Visitor]
    tokens: dict[str, str]

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return self.runner.run(work)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """One provider for a whole file, once on each kind of database."""
    directory = tmp_path_factory.mktemp("fuzz")
    cleanup = None
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        url = f"sqlite:///{shutil.copy(template, directory / 'idp.sqlite3')}"
    else:
        cluster: Cluster = request.getfixturevalue("postgresql")
        name = asyncio.run(schema.copy_postgresql(cluster, request.getfixturevalue("postgresql_template")))
        url, cleanup = cluster.url(name), (cluster, name)
    # Rendering thousands of log lines would take longer than the requests.
    with asyncio.Runner() as runner, capture_logs():
        everything = {
            "authorization_details_types": DETAIL_TYPES,
            "client_registration": "open",
            "client_registration_address_limit": "100000/hour",
        }
        running = running_provider(test_settings(url, directory / "var", **everything), MovableClock())
        provider = runner.run(running.__aenter__())
        try:
            yield runner.run(_prepared(runner, provider))
        finally:
            runner.run(running.__aexit__(None, None, None))
    if cleanup:
        asyncio.run(schema.drop_postgresql(*cleanup))


async def _prepared(runner: asyncio.Runner, provider: Provider) -> Target:
    await provider.account()
    await provider.account("otto@wedos.cz", otp=True)
    await provider.account("vera@wedos.cz", email_verified=False)
    await provider.account("fanda@wedos.cz", phone_verified=False)
    registered: dict[str, Any] = {
        "grant_types": [*GRANTS, DEVICE_CODE, CIBA],
        "backchannel_token_delivery_mode": "poll",
        "authorization_details_types": ["domain"],
    }
    rp = RelyingParty(provider, await provider.client(**registered))
    other = RelyingParty(provider, await provider.client("other", first_party=False))
    visitors = [Visitor("nowhere", "", "", "")]
    async with Browser(provider.app) as browser:
        tokens = await rp.tokens(browser, redemption={"user_agent": FIREFOX})
        await other.sign_in(browser)
        visitors.append(_visitor(browser))
        await browser.open("/account/security/otp")
        visitors.append(_visitor(browser))
    for email in ("", "otto@wedos.cz", "vera@wedos.cz", "fanda@wedos.cz"):
        async with Browser(provider.app) as browser:
            await (rp.sign_in(browser, email) if email else browser.open(rp.authorization_url()))
            visitors.append(_visitor(browser))
    async with Browser(provider.app) as browser:
        await type_code(browser, (await (await a_device(provider)).started())["user_code"])
        visitors.append(_visitor(browser))
    assert len({visitor.at for visitor in visitors}) == len(visitors)
    handed_out = {name: tokens[name] for name in ("access_token", "refresh_token", "id_token")}
    return Target(runner, provider, rp, visitors, handed_out)


def _visitor(browser: Browser) -> Visitor:
    page = browser.page
    assert page is not None
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.http.cookies.jar)
    fields = page.forms[-1].fields if page.forms else {}
    return Visitor(page.path, cookies, page.query.get("flow", ""), fields.get("csrf", ""))
