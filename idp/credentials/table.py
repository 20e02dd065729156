"""What proves a person: password hashes, sealed OTP keys, one-time codes."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, String, Table, Text

from idp.database.schema import metadata

passwords = Table(
    "passwords",
    metadata,
    Column("account_id", String(32), ForeignKey("accounts.id"), primary_key=True),
    Column("hash", String(255), nullable=False),  # argon2id in PHC format
    Column("changed_at", BigInteger, nullable=False),
)

otp_keys = Table(
    "otp_keys",
    metadata,
    Column("account_id", String(32), ForeignKey("accounts.id"), primary_key=True),
    Column("status", String(16), primary_key=True),  # pending, active: at most one of each
    Column("sealed_key", LargeBinary, nullable=False),
    Column("last_step", BigInteger, nullable=False),  # the newest 30-second step that was spent (RFC 6238 §5.2)
    Column("session_id", String(22)),  # the browser session that asked for a pending key
    Column("created_at", BigInteger, nullable=False),
)

one_time_codes = Table(
    "one_time_codes",
    metadata,
    Column("id", String(22), primary_key=True),
    Column("transaction_id", String(22), nullable=False, index=True),  # a resend joins its first code's transaction
    Column("purpose", String(32), nullable=False),
    Column("account_id", String(32), ForeignKey("accounts.id"), index=True),  # null: nobody can redeem it
    Column("device_id", String(43), nullable=False),
    Column("target", String(254), nullable=False, index=True),  # the address or number that the code proves
    Column("code_mac", LargeBinary, nullable=False),
    Column("link_digest", String(43), unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("consumed_at", BigInteger),
    Column("attempts", Integer, nullable=False),  # counted on the transaction's first code
    Column("message_id", String(22)),  # the outbox row that carried it, so that a page can tell what became of it
    Column("user_agent", Text),  # of the browser that asked, where its link works in no other
    Column("flow", Text),  # the sealed flow that asked, where its link goes on with it
    Column("proven_until", BigInteger),  # on the first code: one of them was typed, which opens a page until then
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("account_id", String(32), ForeignKey("accounts.id"), primary_key=True),
    Column("digest", String(43), primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("shown_at", BigInteger),  # the whole set is shown once
    Column("spent_at", BigInteger),
)

otp_recoveries = Table(
    "otp_recoveries",
    metadata,
    Column("id", String(22), primary_key=True),
    Column("account_id", String(32), ForeignKey("accounts.id"), nullable=False, index=True),
    Column("session_id", String(22), nullable=False),  # the partial session whose password opened the way
    Column("device_id", String(43), nullable=False),
    Column("state", String(16), nullable=False),  # asked, mailbox_proven, done
    Column("link_digest", String(43), nullable=False, unique=True),
    Column("flow", Text, nullable=False),  # the sealed login that the link goes on with; proves nothing
    Column("user_agent", Text),  # who asked, for those who open the link elsewhere or object
    Column("address", String(64)),
    Column("message_id", String(22)),
    Column("sms_transaction_id", String(22)),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("mailbox_proven_at", BigInteger),
    Column("done_at", BigInteger),
)
