"""`make bench-scale`: fills a database for each size in turn and measures there.

Without `--database-url` it runs a PostgreSQL of its own, durable, whose data stay in `var/bench-scale`. What is filled
stays, so that a run which was cut off goes on, and a later one measures at once.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import click
from rich.console import Console
from sqlalchemy.engine import make_url

from bench.load import counts_of, refuse_wrong, start
from bench.node import LOAD, install
from bench.record import keep
from bench.scale import report, storage
from bench.scale.filling import CHUNK, NoRoom, add_revoked, fill
from bench.scale.load import Tokens, after, read_tokens, refresh
from bench.scale.logins import logins
from bench.scale.provider import prepare, serving, settings_of
from idp.administration.migrate import migrate
from idp.administration.pruning import Pruner
from idp.database.engine import Database
from idp.grants.handle import Handles
from idp.settings import Settings
from idp.web.listening import bind
from idp.web.logs import configure_logs
from idp.wiring import master_keys_of
from tests.support.postgresql import halt_cluster, start_cluster

VAR = Path("var/bench-scale")
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_SERVER = {"max_wal_size": "8GB", "maintenance_work_mem": "512MB"}
_WARM_UP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Plan:
    sizes: tuple[int, ...]
    seconds: float
    refreshes: int
    prunes: int


@dataclass(slots=True)
class Bench:
    """What a measurement needs of one database."""

    settings: Settings
    connection: Any
    database: Database
    console: Console
    now: int

    async def measure(self, grants: int, plan: Plan, *, is_largest: bool) -> dict[str, Any]:
        listener = bind("127.0.0.1", 0)
        port: int = listener.getsockname()[1]
        listener.close()
        handles = Handles(master_keys_of(self.settings), epoch=0)
        tokens = await read_tokens(self.connection, handles, grants)
        figures: dict[str, Any] = {"grants": grants, "accounts": grants // 10}
        await storage.warm(self.connection)
        with serving(self.settings, port, workers=2):
            await refresh(tokens, port, after(_WARM_UP_SECONDS))
            figures["two workers"] = await self._refreshing(tokens, port, seconds=plan.seconds)
        with serving(self.settings, port):
            await refresh(tokens, port, after(_WARM_UP_SECONDS))
            figures["refreshing"] = await self._refreshing(tokens, port, seconds=plan.seconds)
            figures["beside logins"] = await self._beside_logins(tokens, port, plan.seconds)
            if is_largest:
                figures["before"] = await storage.sizes(self.connection)
                figures["many"] = await self._refreshing(tokens, port, count=plan.refreshes)
                figures["pruning"] = await self._pruning(tokens, port, plan.prunes)
        return figures

    async def _refreshing(
        self, tokens: Tokens, port: int, *, seconds: float = 0.0, count: int | None = None
    ) -> dict[str, Any]:
        before = await storage.updates(self.connection)
        enough = after(seconds) if count is None else lambda done: done >= count
        measured = await refresh(tokens, port, enough)
        return await self._figures(before, {"load": measured.figures})

    async def _beside_logins(self, tokens: Tokens, port: int, seconds: float) -> dict[str, Any]:
        people = start(logins(self.settings, port, seconds))
        refreshing = await self._refreshing(tokens, port, seconds=seconds)
        counted = await asyncio.to_thread(counts_of, people)
        refuse_wrong("the provider", counted)
        return {**refreshing, "logins_per_second": round(counted["operations"] / counted["seconds"], 1)}

    async def _pruning(self, tokens: Tokens, port: int, count: int) -> dict[str, Any]:
        await add_revoked(self.connection, count, now=self.now)
        before = await storage.updates(self.connection)
        started = time.perf_counter()
        turn = asyncio.create_task(Pruner(self.database).turn(self.now))
        measured = await refresh(tokens, port, lambda _: turn.done())
        figures = {"load": measured.figures, "rows": await turn, "seconds": round(time.perf_counter() - started, 1)}
        return await self._figures(before, figures)

    async def _figures(self, before: dict[str, int], figures: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(1.5)  # a server process tells its statistics at most once a second
        counted = await storage.updates(self.connection)
        updates, hot = (counted[name] - before[name] for name in ("updates", "hot"))
        share = f"{hot / updates:.1%}" if updates else "–"
        return {**figures, "storage": await storage.sizes(self.connection), "updates": updates, "hot_share": share}


async def run(server_url: str, plan: Plan, *, disk: Path | None, console: Console) -> None:
    configure_logs(level="error", as_json=False)
    install(LOAD)
    now = int(time.time())  # noqa: TID251 - a measurement runs in real time
    figures: dict[str, Any] = {"at": now, "machine": report.machine(), "sizes": []}
    for grants in plan.sizes:
        async with database_of(server_url, grants, now=now, console=console) as bench:
            figures["postgresql"] = await storage.settings(bench.connection)
            await fill(bench.connection, grants, now=now, disk=disk, console=console)
            console.print(f"Refreshing {grants:,} grants …")
            figures["sizes"].append(await bench.measure(grants, plan, is_largest=grants == plan.sizes[-1]))
    smallest, largest = (figures["sizes"][place]["refreshing"]["load"]["p99_ms"] for place in (0, -1))
    figures["p99_ratio"] = round(largest / smallest, 2)
    report.show(figures, console)
    console.print(f"Kept in {keep(figures, now, kind='scale')}")


@asynccontextmanager
async def database_of(server_url: str, grants: int, *, now: int, console: Console) -> AsyncIterator[Bench]:
    """Each size has a database of its own, made where it is missing."""
    name = f"idp_scale_{grants}"
    server: Any = await asyncpg.connect(server_url)
    if not await server.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
        await server.execute(f"CREATE DATABASE {name}")
    await server.close()
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    settings, database = settings_of(url, VAR), Database(url)
    connection: Any = await asyncpg.connect(url)
    try:
        await migrate(database)
        await prepare(database, settings, now=now)
        yield Bench(settings, connection, database, console, now)
    finally:
        await connection.close()
        await database.close()


@contextmanager
def own_database() -> Iterator[str]:
    """A cluster whose data stay. Stopped when the block ends."""
    cluster = start_cluster(VAR.resolve(), **_DURABLE, **_SERVER, shared_buffers=_quarter_of_memory())
    try:
        yield cluster.url("postgres")
    finally:
        halt_cluster(cluster)


def _quarter_of_memory() -> str:
    """What PostgreSQL's manual advises for a server of its own."""
    quarter = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4
    return f"{quarter >> 20}MB"


@click.command()
@click.option("--grants", default="10000,1000000,10000000", show_default=True, help="Sizes, growing.")
@click.option("--seconds", default=30.0, show_default=True, help="How long to refresh at each size.")
@click.option("--refreshes", default=1_000_000, show_default=True, help="At the largest size, for the table's growth.")
@click.option("--prunes", default=100_000, show_default=True, help="Grants to prune at the largest size.")
@click.option("--database-url", help="postgresql://… of a server where databases may be made.")
def main(grants: str, seconds: float, refreshes: int, *, prunes: int, database_url: str | None) -> None:
    """Measure refreshing with up to ten million grants."""
    sizes = tuple(sorted(int(size) for size in grants.split(",")))
    if any(size % CHUNK or size < CHUNK for size in sizes):
        raise click.BadParameter(f"sizes are multiples of {CHUNK:,}", param_hint="--grants")
    plan, console = Plan(sizes, seconds, refreshes, prunes), Console()
    try:
        if database_url:
            asyncio.run(run(database_url, plan, disk=None, console=console))
            return
        with own_database() as url:
            asyncio.run(run(url, plan, disk=VAR, console=console))
    except NoRoom as error:
        raise click.ClickException(f"{error}.") from None


if __name__ == "__main__":
    main()
