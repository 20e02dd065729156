"""Connections to PostgreSQL, and what is the same for all of them."""

from typing import Any

import asyncpg
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from idp.database.unavailable import WAIT_SECONDS

_POOL_SIZE = 10
# A caller may wait for a place in the pool and then still have to open the connection, and SQLAlchemy tries once more.
_POOL_SECONDS, _CONNECT_SECONDS = 1.5, 1.0
_PARTING_SECONDS = 0.3  # to close a connection in good order before it is cut


class _QuickToClose(asyncpg.Connection):  # type: ignore[misc]
    """SQLAlchemy gives a server that has just failed to answer two more seconds to say goodbye: too many for us."""

    __slots__ = ()

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's own signature
        await super().close(timeout=min(timeout or _PARTING_SECONDS, _PARTING_SECONDS))


_CONNECTION: dict[str, Any] = {
    "timeout": _CONNECT_SECONDS,
    "command_timeout": WAIT_SECONDS,
    "connection_class": _QuickToClose,
    "server_settings": {"lock_timeout": "2s", "statement_timeout": "2s", "timezone": "UTC"},
}


def postgresql_engine(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=_POOL_SIZE,
        max_overflow=0,
        hide_parameters=True,  # what a statement carries never stands in a log (LG-01)
        pool_timeout=_POOL_SECONDS,
        pool_pre_ping=False,
        connect_args=_CONNECTION,
    )


async def connect_postgresql(engine: AsyncEngine) -> asyncpg.Connection:
    """A connection outside the engine's pool, to the same address."""
    _, address = engine.dialect.create_connect_args(engine.url)
    own = {name: value for name, value in address.items() if not name.startswith("prepared_statement")}
    return await asyncpg.connect(**own, **_CONNECTION)
