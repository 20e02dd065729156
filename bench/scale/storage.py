"""What PostgreSQL says about its table of grants: how large it is, how it was updated; and what is in its memory."""

from typing import Any

import asyncpg

RELATIONS = "FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace"
# Not installed, or not for this user: the server then warms up by itself. PostgreSQL 17 gave the former its own name.
_NO_PREWARMING = (
    asyncpg.UndefinedFileError,
    asyncpg.FeatureNotSupportedError,
    asyncpg.InsufficientPrivilegeError,
)


async def warm(connection: Any) -> int:  # noqa: ANN401 - asyncpg has no types
    """Reads tables and indexes into the server's memory, as if it had run for a while; how many pages (0: it may not).

    Just after a start each look-up among ten million grants reads from the disk, or from the system's cache at least:
    2,700 refreshes a second instead of 4,500, and twice the 99th percentile.
    """
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        pages: int = await connection.fetchval(f"SELECT sum(pg_prewarm(oid))::bigint {RELATIONS}", timeout=600)
    except _NO_PREWARMING:
        return 0
    return pages


async def sizes(connection: Any) -> dict[str, float]:  # noqa: ANN401 - asyncpg has no types
    """Mebibytes of the table and of all its indexes."""
    row = await connection.fetchrow(
        "SELECT pg_table_size('grants') AS in_table, pg_indexes_size('grants') AS in_indexes"
    )
    return {"table_mib": round(row["in_table"] / 2**20, 1), "indexes_mib": round(row["in_indexes"] / 2**20, 1)}


async def updates(connection: Any) -> dict[str, int]:  # noqa: ANN401
    """How many rows were updated since the server started, and how many of them in place (HOT)."""
    row = await connection.fetchrow(
        "SELECT n_tup_upd, n_tup_hot_upd, autovacuum_count FROM pg_stat_user_tables WHERE relname = 'grants'"
    )
    return {"updates": row["n_tup_upd"], "hot": row["n_tup_hot_upd"], "autovacuums": row["autovacuum_count"]}


async def settings(connection: Any) -> dict[str, str]:  # noqa: ANN401
    """Those that decide about the figures."""
    names = ("server_version", "shared_buffers", "fsync", "synchronous_commit", "full_page_writes", "max_wal_size")
    return {name: await connection.fetchval("SELECT current_setting($1)", name) for name in names}
