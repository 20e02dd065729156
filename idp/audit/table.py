"""The `audit_events` table: append-only, what happened, to whom, by whom, from where. Never a secret. The `audit_seals`
table: what proves that nobody has changed or removed one of them since.
"""

from sqlalchemy import JSON, BigInteger, Column, Integer, LargeBinary, String, Table, Text

from idp.database.schema import metadata

audit_events = Table(
    "audit_events",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("event", String(64), nullable=False, index=True),
    Column("outcome", String(16), nullable=False),  # success, failure, refused
    Column("account_id", String(32), index=True),
    Column("client_id", String(128)),
    Column("session_id", String(22)),
    Column("device_id", String(43)),
    Column("actor", String(64), nullable=False),  # account id, client id, `cli:<user>`, `system`
    Column("address", String(64)),
    Column("user_agent", Text),
    Column("request_id", String(64)),
    Column("details", JSON, nullable=False),
)

audit_seals = Table(
    "audit_seals",
    metadata,
    Column("up_to", BigInteger, primary_key=True, autoincrement=False),  # the `seq` of the last event under this seal
    Column("after", BigInteger, nullable=False, unique=True),  # the `up_to` of the seal before: one chain, no forks
    Column("mac", LargeBinary, nullable=False),
    Column("sealed_at", BigInteger, nullable=False),
)
