"""Indexes along which what is over is deleted, and of phone numbers; none of a column that a refresh changes, for which
there is room in place."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_PARTIAL = (
    ("ix_grants_unredeemed", "grants", ["code_expires_at", "id"], "state = 'code'"),
    ("ix_grants_revoked", "grants", ["revoked_at", "id"], "state = 'revoked'"),
    ("ix_outbox_failed_with_payload", "outbox", ["expires_at"], "state = 'failed' AND sealed_payload IS NOT NULL"),
)


def upgrade() -> None:
    for name, table, columns, condition in _PARTIAL:
        op.create_index(name, table, columns, postgresql_where=sa.text(condition), sqlite_where=sa.text(condition))
    op.create_index(op.f("ix_outbox_created_at"), "outbox", ["created_at"])
    op.create_index(op.f("ix_accounts_phone"), "accounts", ["phone"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE grants SET (fillfactor = 90)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE grants RESET (fillfactor)")
    op.drop_index(op.f("ix_accounts_phone"), table_name="accounts")
    op.drop_index(op.f("ix_outbox_created_at"), table_name="outbox")
    for name, table, _, _ in reversed(_PARTIAL):
        op.drop_index(name, table_name=table)
