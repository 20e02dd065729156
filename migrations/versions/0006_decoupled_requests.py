"""Authorizations that are answered on another device: device codes and backchannel requests."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decoupled_requests",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("secret_digest", sa.String(length=43), nullable=False),
        sa.Column("user_code_digest", sa.String(length=43), nullable=True),
        sa.Column("client_id", sa.String(length=128), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("grant_id", sa.String(length=22), nullable=True),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("binding_message", sa.Text(), nullable=True),
        sa.Column("sealed_secrets", sa.LargeBinary(), nullable=True),
        sa.Column("origin_address", sa.String(length=64), nullable=True),
        sa.Column("origin_agent", sa.Text(), nullable=True),
        sa.Column("interval", sa.Integer(), nullable=False),
        sa.Column("next_poll_at", sa.BigInteger(), nullable=False),
        sa.Column("ping_due_at", sa.BigInteger(), nullable=True),
        sa.Column("ping_attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_decoupled_requests_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decoupled_requests")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_decoupled_requests_secret_digest")),
        sa.UniqueConstraint("user_code_digest", name=op.f("uq_decoupled_requests_user_code_digest")),
    )
    for column in ("account_id", "expires_at", "ping_due_at"):
        op.create_index(op.f(f"ix_decoupled_requests_{column}"), "decoupled_requests", [column])


def downgrade() -> None:
    op.drop_table("decoupled_requests")
