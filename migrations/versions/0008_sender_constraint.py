"""Grants that are bound to a certificate, and client secrets that can be read again."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("grants", sa.Column("x5t_s256", sa.String(length=43)))
    op.add_column("client_secrets", sa.Column("sealed", sa.LargeBinary()))


def downgrade() -> None:
    op.drop_column("client_secrets", "sealed")
    op.drop_column("grants", "x5t_s256")
