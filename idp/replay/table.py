"""The `spent_ids` table: ids of signed things that were accepted, so that a second showing is not."""

from sqlalchemy import BigInteger, Column, String, Table

from idp.database.schema import metadata

spent_ids = Table(
    "spent_ids",
    metadata,
    Column("kind", String(32), primary_key=True),  # client_assertion …
    Column("digest", String(43), primary_key=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
