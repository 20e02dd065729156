"""The `devices` table: browsers that have signed in. The `device_accounts` table: whom they signed in."""

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table, Text

from idp.database.schema import metadata

devices = Table(
    "devices",
    metadata,
    Column("id", String(43), primary_key=True),  # the digest of the device cookie
    Column("user_agent", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
)

device_accounts = Table(
    "device_accounts",
    metadata,
    Column("device_id", String(43), ForeignKey("devices.id"), primary_key=True),
    Column("account_id", String(32), ForeignKey("accounts.id"), primary_key=True, index=True),
    Column("first_login_at", BigInteger, nullable=False),
    Column("last_login_at", BigInteger, nullable=False),
)
