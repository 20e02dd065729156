"""The `grants` table: one row per authorization for its whole life, and what was revoked without a grant.

    code ──redeemed──▶ active ──logout, reuse, lock, withdrawal──▶ revoked      (without a code it begins active)
      └───────────────── expired codes are swept ─────────────────┘

The table grows with logins, never with refreshes, and no column that a refresh changes is indexed, nor in the
condition of an index: PostgreSQL then updates in place (HOT). Its partial indexes are in `indexes`.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    false,
    literal_column,
)

from idp.database.schema import metadata
from idp.database.user_agent_columns import user_agent_columns

grants = Table(
    "grants",
    metadata,
    Column("id", String(22), primary_key=True),
    Column("flow_id", String(22), unique=True),  # a second completion of one flow finds the first one's grant
    Column("state", String(16), nullable=False),  # code, active, revoked
    Column("client_id", String(128), nullable=False, index=True),
    Column("account_id", String(32), ForeignKey("accounts.id"), nullable=False, index=True),
    Column("session_id", String(22), ForeignKey("browser_sessions.id"), index=True),  # none: an assertion
    Column("scope", Text, nullable=False),
    Column("claims_request", JSON, nullable=False),
    Column("audience", JSON, nullable=False),
    Column("authorization_details", JSON(none_as_null=True)),  # RFC 9396
    Column("nonce", Text),
    Column("redirect_uri", Text, nullable=False),
    Column("code_challenge", String(43)),
    Column("auth_time", BigInteger, nullable=False),
    Column("acr", String(128), nullable=False),
    Column("amr", JSON, nullable=False),
    Column("has_refresh_token", Boolean, nullable=False),
    # Its access token counts before the code is redeemed.
    Column("has_front_channel_token", Boolean, nullable=False, server_default=false()),
    Column("survives_logout", Boolean, nullable=False),  # offline_access
    *user_agent_columns(),
    Column("ua_required", Boolean, nullable=False),  # every refresh must bring a User-Agent
    Column("dpop_jkt", String(43)),  # the sender's key (RFC 9449)
    Column("x5t_s256", String(43)),  # the sender's certificate (RFC 8705)
    Column("generation", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("code_expires_at", BigInteger, nullable=False),
    Column("redeemed_at", BigInteger),
    Column("rotated_at", BigInteger),
    Column("idle_expires_at", BigInteger),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("revoked_at", BigInteger),
    Column("revoked_reason", String(32)),
)

# Literals, since the planner knows a partial index by its condition and not by a parameter's value.
is_active = grants.c.state == literal_column("'active'")
is_unredeemed = grants.c.state == literal_column("'code'")
is_revoked = grants.c.state == literal_column("'revoked'")

consents = Table(
    "consents",
    metadata,
    Column("account_id", String(32), ForeignKey("accounts.id"), primary_key=True),
    Column("client_id", String(128), primary_key=True),
    Column("scope", Text, nullable=False),
    Column("claims", JSON, nullable=False),
    Column("authorization_details", JSON(none_as_null=True)),  # those that were allowed last
    Column("given_at", BigInteger, nullable=False),
)

revoked_access_tokens = Table(
    "revoked_access_tokens",  # whose grant lives on, or which have none
    metadata,
    Column("jti", String(64), primary_key=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

pushed_requests = Table(
    "pushed_requests",  # authorization requests too large for a URL
    metadata,
    Column("id", String(22), primary_key=True),
    Column("sealed_request", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
