"""The `accounts` table: one row per customer account."""

from sqlalchemy import JSON, BigInteger, Column, String, Table

from idp.database.schema import metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(32), primary_key=True),  # the `sub` claim: `acc_` and 128 random bits, never reused
    Column("login_email", String(254), nullable=False, unique=True),  # normalised, see `accounts/identifiers.py`
    Column("email_verified_at", BigInteger),
    Column("login_name", String(64), unique=True),
    Column("phone", String(16), index=True),  # E.164; may be that of several
    Column("phone_verified_at", BigInteger),
    Column("profile", JSON, nullable=False),  # standard claims of OIDC Core §5.1 that hold a value
    Column("locale", String(16), nullable=False),
    Column("terms_version", String(32)),
    Column("terms_accepted_at", BigInteger),
    Column("status", String(16), nullable=False),  # active, locked, closed
    Column("status_reason", String(200)),
    Column("roles", String(64), nullable=False),  # of an operator: words with spaces between, see `Role`
    Column("otp_demanded_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
