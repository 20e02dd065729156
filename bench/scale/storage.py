"""What PostgreSQL says about its table of grants: how large it is, and how it was updated."""

from typing import Any


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
