"""What may be shown once: ids of client assertions and proofs."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spent_ids",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "digest", name=op.f("pk_spent_ids")),
    )
    op.create_index(op.f("ix_spent_ids_expires_at"), "spent_ids", ["expires_at"])


def downgrade() -> None:
    op.drop_table("spent_ids")
