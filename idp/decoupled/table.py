"""The `decoupled_requests` table: authorizations that are answered on another device."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Integer, LargeBinary, String, Table, Text

from idp.database.schema import metadata

decoupled_requests = Table(
    "decoupled_requests",
    metadata,
    Column("id", String(22), primary_key=True),
    Column("kind", String(16), nullable=False),  # device, backchannel
    Column("state", String(16), nullable=False),  # pending, approved, denied, redeemed
    Column("secret_digest", String(43), nullable=False, unique=True),  # of the device code or the auth_req_id
    Column("user_code_digest", String(43), unique=True),
    Column("client_id", String(128), nullable=False),
    Column("account_id", String(32), ForeignKey("accounts.id"), index=True),
    Column("grant_id", String(22)),  # what an approval opened
    Column("asked", JSON, nullable=False),  # scope, levels, resources, details
    Column("binding_message", Text),
    Column("sealed_secrets", LargeBinary),  # erased once nobody needs them
    Column("origin_address", String(64)),  # of the device that asks
    Column("origin_agent", Text),
    Column("interval", Integer, nullable=False),  # seconds between two polls
    Column("next_poll_at", BigInteger, nullable=False),
    Column("ping_due_at", BigInteger, index=True),  # when the client is told, or told again, that there is an answer
    Column("ping_attempts", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
