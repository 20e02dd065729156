"""The `encryption_keys` table: what clients encrypt to, private parts sealed."""

from sqlalchemy import JSON, BigInteger, Column, LargeBinary, String, Table

from idp.database.schema import metadata

encryption_keys = Table(
    "encryption_keys",
    metadata,
    Column("kid", String(43), primary_key=True),
    Column("state", String(16), nullable=False),  # current, previous
    Column("public_jwk", JSON, nullable=False),
    Column("sealed_private_key", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("decrypts_until", BigInteger),  # of a previous key
)
