"""The `pairwise_keys` table: one row, whose key is sealed by the master key."""

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table

from idp.database.schema import metadata

pairwise_keys = Table(
    "pairwise_keys",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("sealed_key", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
