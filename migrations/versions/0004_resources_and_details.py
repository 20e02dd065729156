"""Authorization details of grants and consents, and grants that no browser session stands behind."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_DETAILS = sa.JSON(none_as_null=True)


def upgrade() -> None:
    with op.batch_alter_table("grants") as grants:
        grants.add_column(sa.Column("authorization_details", _DETAILS))
        grants.alter_column("session_id", existing_type=sa.String(length=22), nullable=True)
    with op.batch_alter_table("consents") as consents:
        consents.add_column(sa.Column("authorization_details", _DETAILS))


def downgrade() -> None:
    # Grants of assertions last no longer than an access token; without a session they cannot be kept.
    op.execute(sa.text("DELETE FROM grants WHERE session_id IS NULL"))
    with op.batch_alter_table("consents") as consents:
        consents.drop_column("authorization_details")
    with op.batch_alter_table("grants") as grants:
        grants.alter_column("session_id", existing_type=sa.String(length=22), nullable=False)
        grants.drop_column("authorization_details")
