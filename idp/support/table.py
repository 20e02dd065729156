"""Cases of the support desk, what is known about them, the services of accounts, and objections of owners."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from idp.database.schema import metadata

account_services = Table(
    "account_services",
    metadata,
    Column("client_id", String(128), primary_key=True),  # the relying party that says so
    Column("account_id", String(32), ForeignKey("accounts.id"), primary_key=True),
    Column("key", String(190), primary_key=True),  # a full name or a number, folded: what people are asked for
    Column("name", String(190), nullable=False),  # as the relying party writes it; empty where it gave only a number
    Column("number", String(190), nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index("ix_account_services_key", "key"),
)

support_cases = Table(
    "support_cases",
    metadata,
    Column("id", String(22), primary_key=True),
    Column("number", String(16), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("account_id", String(32), ForeignKey("accounts.id"), index=True),  # null until the desk has found it
    Column("contact_email", String(254), nullable=False, index=True),
    Column("locale", String(16), nullable=False),
    Column("service", String(190), nullable=False),  # empty where nothing was given; so are the next five
    Column("old_email", String(254), nullable=False),
    Column("new_email", String(254), nullable=False),
    Column("phone", String(40), nullable=False),
    Column("message", Text, nullable=False),
    Column("topic", String(32), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("first_approver", String(64)),
    Column("second_approver", String(64)),
    Column("phone_authorised_at", BigInteger),
    Column("hold_until", BigInteger),
    Column("closed_at", BigInteger),
    Column("reason", Text, nullable=False),
    Index("ix_support_cases_status_due_at", "status", "due_at"),
)

case_entries = Table(
    "case_entries",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("case_id", String(22), ForeignKey("support_cases.id"), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),  # account id, `cli:<user>`, both, `customer`, `system`
    Column("action", String(32), nullable=False),  # opened, noted, hint_sent, approved, objected …
    Column("text", Text, nullable=False),
)

case_evidence = Table(
    "case_evidence",
    metadata,
    Column("case_id", String(22), ForeignKey("support_cases.id"), primary_key=True),
    Column("item", String(32), primary_key=True),  # see `support/evidence.py`
    Column("received_at", BigInteger, nullable=False),
    Column("received_by", String(64), nullable=False),
)

objections = Table(
    "objections",
    metadata,
    Column("token_digest", String(43), primary_key=True),
    Column("account_id", String(32), ForeignKey("accounts.id"), nullable=False, index=True),
    Column("subject", String(16), nullable=False),  # case, otp_recovered
    Column("reference", String(22), nullable=False),  # of the case, or of the recovery
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("used_at", BigInteger),
)
