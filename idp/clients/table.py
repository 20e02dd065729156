"""The `clients` table: relying parties, their generated secrets, and what lets strangers register."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Integer, LargeBinary, String, Table

from idp.database.schema import metadata

clients = Table(
    "clients",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("metadata", JSON, nullable=False, key="client_metadata"),  # RFC 7591 §2 names, and ours
    Column("source", String(16), nullable=False),  # file, cli, console, api, dynamic
    Column("status", String(16), nullable=False),  # active, disabled
    Column("applied_digest", String(43)),  # of the metadata as `clients.yaml` last set it: differs = drift
    Column("registration_token_digest", String(43)),  # of a client that registered itself
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

client_secrets = Table(
    "client_secrets",
    metadata,
    Column("id", String(22), primary_key=True),
    Column("client_id", String(128), ForeignKey("clients.id"), nullable=False, index=True),
    Column("digest", String(43), nullable=False),
    Column("sealed", LargeBinary),  # where the secret itself is needed: client_secret_jwt
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
)

initial_access_tokens = Table(
    "initial_access_tokens",
    metadata,
    Column("id", String(22), primary_key=True),
    Column("digest", String(43), nullable=False, unique=True),
    Column("note", String(200), nullable=False),
    Column("uses_left", Integer),  # null: any number
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
