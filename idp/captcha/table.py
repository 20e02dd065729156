"""The `spent_challenges` table: what was solved once and must not count again, on any node."""

from sqlalchemy import BigInteger, Column, String, Table

from idp.database.schema import metadata

spent_challenges = Table(
    "spent_challenges",
    metadata,
    Column("digest", String(43), primary_key=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
