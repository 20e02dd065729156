"""The `attempt_counters` table: attempts per account or unknown name, counted before the secret is looked at."""

from sqlalchemy import BigInteger, Column, Integer, String, Table

from idp.database.schema import metadata

attempt_counters = Table(
    "attempt_counters",
    metadata,
    Column("key", String(96), primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("blocked_until", BigInteger, nullable=False),
    Column("window_ends_at", BigInteger, nullable=False, index=True),
)
