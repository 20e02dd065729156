"""The `outbox` table: mails, SMS and logout notices, each written in the transaction that caused it."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text, and_, literal_column

from idp.database.schema import metadata

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(22), primary_key=True),
    Column("channel", String(8), nullable=False),  # mail, sms, logout
    Column("kind", String(48), nullable=False),  # verify_email, new_device …
    Column("account_id", String(32), index=True),
    Column("session_id", String(22)),  # of a logout notice: the session that has ended
    Column("recipient", String(254), nullable=False),  # address, number, client id
    Column("sealed_payload", LargeBinary),  # erased once sent, or once what it says is over
    Column("state", String(16), nullable=False),  # queued, sending, sent, failed, expired
    Column("attempts", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),  # of a message being sent: when its lease ends
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("expires_at", BigInteger),  # a code that died in the queue is not sent
    Column("sent_at", BigInteger),
    Column("gateway", String(64)),
    Column("answer", Text),
    Index("ix_outbox_state_due_at", "state", "due_at"),
)

# For the index in `indexes`. Literals, since the planner knows a partial index by its condition and not by a
# parameter's value.
is_sending = outbox.c.state == literal_column("'sending'")
failed_with_payload = and_(outbox.c.state == literal_column("'failed'"), outbox.c.sealed_payload.is_not(None))
