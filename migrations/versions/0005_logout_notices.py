"""Logout notices travel through the outbox: which session each is about."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("session_id", sa.String(length=22), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox", "session_id")
