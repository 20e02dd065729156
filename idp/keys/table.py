"""The `signing_keys` table: the provider's own keys, private parts sealed."""

from sqlalchemy import JSON, BigInteger, Column, LargeBinary, String, Table

from idp.database.schema import metadata

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", String(43), primary_key=True),
    Column("alg", String(16), nullable=False),
    Column("state", String(16), nullable=False),  # next, current, previous, retired
    Column("public_jwk", JSON, nullable=False),
    Column("sealed_private_key", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("signs_from", BigInteger),
    Column("published_until", BigInteger),  # of a previous key: until its last token has expired
)
