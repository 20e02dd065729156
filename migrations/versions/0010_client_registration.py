"""Clients that register themselves: their own tokens, and the tokens that let them register."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("clients") as clients:
        clients.add_column(sa.Column("registration_token_digest", sa.String(length=43)))
    op.create_table(
        "initial_access_tokens",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("uses_left", sa.Integer()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initial_access_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_initial_access_tokens_digest")),
    )
    op.create_index(op.f("ix_initial_access_tokens_expires_at"), "initial_access_tokens", ["expires_at"])


def downgrade() -> None:
    op.drop_table("initial_access_tokens")
    with op.batch_alter_table("clients") as clients:
        clients.drop_column("registration_token_digest")
