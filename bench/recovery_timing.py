"""Whether the time of a password recovery tells who has an account: `python -m bench.recovery_timing [DATABASE_URL]`.

Kinds of names are asked for in turn, and only the answer to the form is timed. Printed is the z of a Mann-Whitney test
for each kind against unknown names; with |z| below 2.58 in one of two runs the two cannot be told apart (1 %).
A measurement, not a test: on a machine that does other things too its result is noise.
"""

import asyncio
import math
import secrets
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from idp.accounts import store as accounts
from idp.accounts.account import Account, AccountStatus, new_account_id
from idp.administration.migrate import migrate
from idp.database.engine import Database
from idp.web.logs import configure_logs
from tests.support.browser import Browser
from tests.support.captcha import solved
from tests.support.clock import MovableClock
from tests.support.provider import Provider, running_provider, test_settings

_EACH = 150  # names of every kind, so that 300 requests of two kinds interleave
_UNKNOWN = "unknown"
_KINDS = (_UNKNOWN, "known", "locked", "unproven", "over the limit")


@dataclass(slots=True)
class Sample:
    """Milliseconds of one kind of name."""

    kind: str
    times: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return sorted(self.times)[len(self.times) // 2]


def mann_whitney_z(first: list[float], second: list[float]) -> float:
    """The normal approximation; ties, which a nanosecond clock hardly has, share their rank."""
    ordered = sorted(first + second)
    ranks = {value: index + ordered.count(value) / 2 + 0.5 for index, value in reversed(list(enumerate(ordered)))}
    n, m = len(first), len(second)
    u = sum(ranks[value] for value in first) - n * (n + 1) / 2
    return (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)


async def prepare(provider: Provider, kind: str) -> list[str]:
    """The names of one kind; those over the limit are one account's."""
    names = [f"{secrets.token_hex(8)}@example.com" for _ in range(_EACH)]
    status = AccountStatus.LOCKED if kind == "locked" else AccountStatus.ACTIVE
    proven = None if kind == "unproven" else 1
    known = {_UNKNOWN: [], "over the limit": names[:1]}.get(kind, names)
    async with provider.wiring.database.writing() as db:
        for email in known:
            account = Account(new_account_id(), email, "en", 1, 1, email_verified_at=proven, status=status)
            assert await accounts.insert(db, account)
    return names[:1] * _EACH if kind == "over the limit" else names


async def ask(browser: Browser, name: str) -> float:
    """Sends one form; milliseconds until its answer."""
    page = await browser.open("/recovery")
    form = browser.form("username")
    body = form.fields | {"username": name} | solved(page)
    own = {"origin": browser.base_url, "sec-fetch-site": "same-origin"}
    started = time.perf_counter_ns()
    answer = await browser.http.post(form.action, data=body, headers=own)
    took = (time.perf_counter_ns() - started) / 1e6
    assert answer.status_code == 303
    return took


async def measure(provider: Provider) -> list[Sample]:
    names = {kind: await prepare(provider, kind) for kind in _KINDS}
    samples = [Sample(kind) for kind in _KINDS]
    async with Browser(provider.app) as browser:
        for _ in range(5):  # caches are filled, and the one account's limit is reached
            await ask(browser, names["over the limit"][0])
        for number in range(_EACH):
            for sample in secrets.SystemRandom().sample(samples, len(samples)):
                sample.times.append(await ask(browser, names[sample.kind][number]))
    return samples


async def main(database_url: str | None) -> None:
    with tempfile.TemporaryDirectory() as directory:
        url = database_url or f"sqlite:///{directory}/idp.sqlite3"
        database = Database(url)
        await migrate(database)
        await database.close()
        configure_logs(level="error", as_json=False)
        settings = test_settings(url, Path(directory) / "var", log_level="error")
        async with running_provider(settings, MovableClock()) as provider:
            for run in (1, 2):
                first, *others = await measure(provider)
                print(f"run {run}: {_UNKNOWN} {first.median:.2f} ms")
                for sample in others:
                    z = mann_whitney_z(sample.times, first.times)
                    print(f"  {sample.kind:15} {sample.median:.2f} ms   z = {z:+.2f}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else None))
