"""The `browser_sessions` table: one row per login of one account in one browser."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, String, Table

from idp.database.schema import metadata
from idp.database.user_agent_columns import user_agent_columns

browser_sessions = Table(
    "browser_sessions",
    metadata,
    Column("id", String(22), primary_key=True),  # the `sid` claim; stays while the cookie's secret changes
    Column("secret_digest", String(43), nullable=False, unique=True),
    Column("account_id", String(32), ForeignKey("accounts.id"), nullable=False, index=True),
    Column("device_id", String(43), nullable=False),
    Column("status", String(16), nullable=False),  # partial, active, ended
    Column("evidence", JSON, nullable=False),  # see `sessions/evidence.py`
    Column("remembered", Boolean, nullable=False),
    *user_agent_columns(),
    Column("created_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
    Column("idle_expires_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("ended_at", BigInteger),
    Column("ended_reason", String(32)),
)
