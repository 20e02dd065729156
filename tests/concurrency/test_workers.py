"""Two real workers of one `idp serve`: what one of them learns, or an operator does, holds at both within a second."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.support.browser import Browser
from tests.support.provider import Provider, TestClient
from tests.support.relying_party import RelyingParty
from tests.support.served import Served, environment_of, installation, run_idp, serving

# Within about a second, says the promise; the rest is for the machine that runs the tests.
_NEWS_SECONDS = 20
_AT_ONCE = 16  # of few, one worker may take all
_FAMILIES = 8
_GENERATIONS = 6


@dataclass(frozen=True, slots=True)
class Pair:
    """An installation with two workers, and a client that gets tokens for itself."""

    provider: Provider
    served: Served
    service: TestClient

    async def idp(self, *arguments: str) -> str:
        return await run_idp(environment_of(self.provider.wiring.settings), *arguments)

    async def token(self) -> tuple[int, httpx.Response]:
        return await self.served.post(self.service, grant_type="client_credentials")

    async def both(self, ask: Callable[[], Awaitable[tuple[int, httpx.Response]]]) -> dict[int, httpx.Response]:
        """The newest answer of each worker."""
        answers: dict[int, httpx.Response] = {}
        while len(answers) < 2:
            answers |= dict(await asyncio.gather(*(ask() for _ in range(_AT_ONCE))))
        return answers

    async def until_both(self, is_so: Callable[[httpx.Response], bool]) -> dict[int, httpx.Response]:
        """Asks for tokens until the answers of both workers are so."""
        async with asyncio.timeout(_NEWS_SECONDS):
            while not all(map(is_so, (answers := await self.both(self.token)).values())):
                pass
        return answers


@asynccontextmanager
async def pair_on(database_url: str, var: Path) -> AsyncIterator[Pair]:
    async with installation(database_url, var) as provider:
        service = await provider.client("nightly", application_type="service", scope="reports.read")
        async with serving(environment_of(provider.wiring.settings), workers=2) as served:
            yield Pair(provider, served, service)


def kid_of(token: str) -> str:
    header = token.partition(".")[0]
    kid: str = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]
    return kid


@pytest.mark.requirement("RN-01", "RN-02")
async def test_both_workers_hear_of_a_change(database_url: str, tmp_path: Path) -> None:
    """A rotated key signs at both, which still accept the one before; a client that is disabled is refused by both."""
    async with pair_on(database_url, tmp_path) as pair:
        before = await pair.until_both(lambda answer: answer.status_code == 200)
        (old,) = {kid_of(answer.json()["access_token"]) for answer in before.values()}
        await pair.idp("keys", "rotate", "--alg", "ES256", "--force")
        after = await pair.until_both(lambda answer: kid_of(answer.json()["access_token"]) != old)
        for answer in (*before.values(), *after.values()):
            introspect = partial(pair.served.post, pair.service, "/introspect", token=answer.json()["access_token"])
            assert [told.json()["active"] for told in (await pair.both(introspect)).values()] == [True, True]
        await pair.idp("clients", "disable", pair.service.id)
        refused = await pair.until_both(lambda answer: answer.json().get("error") == "invalid_client")
    # The worker that hears first may refuse so many in the meantime that it says to wait.
    assert {answer.status_code for answer in refused.values()} <= {401, 429}


@pytest.mark.requirement("RT-05")
async def test_refreshes_at_both_workers(database_url: str, tmp_path: Path) -> None:
    """Families refresh side by side, each token twice at once: no 503, one successor each, and what was
    spent stays spent at both."""
    async with pair_on(database_url, tmp_path) as pair:
        await pair.provider.account()
        rp = RelyingParty(pair.provider, await pair.provider.client())
        async with Browser(pair.provider.app, base_url=pair.provider.issuer) as browser:
            tokens = [(await rp.tokens(browser))["refresh_token"] for _ in range(_FAMILIES)]
        workers: set[int] = set()

        async def refresh(token: str) -> tuple[int, str]:
            worker, answer = await pair.served.post(rp.client, grant_type="refresh_token", refresh_token=token)
            workers.add(worker)
            return answer.status_code, answer.json().get("refresh_token", "")

        async def live(token: str) -> str:
            generation = 0
            while generation < _GENERATIONS or len(workers) < 2:  # a fast worker may take all for a while
                generation += 1
                answers = {*await asyncio.gather(refresh(token), refresh(token))}
                assert [status for status, _ in answers] == [200], answers
                ((_, token),) = answers
            return token

        async with asyncio.timeout(_NEWS_SECONDS):
            last = await asyncio.gather(*map(live, tokens))
        assert len(set(last)) == _FAMILIES
        assert (await refresh(tokens[0]))[0] == 400  # long spent
        assert [(await refresh(token))[0] for token in last] == [200] * _FAMILIES
