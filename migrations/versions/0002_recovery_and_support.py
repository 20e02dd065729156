"""Recovery and the support desk: what they keep, and the roles of operators."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_seals",
        sa.Column("up_to", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("up_to", name=op.f("pk_audit_seals")),
        sa.UniqueConstraint("after", name=op.f("uq_audit_seals_after")),
    )
    op.create_table(
        "spent_challenges",
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_challenges")),
    )
    op.create_index(op.f("ix_spent_challenges_expires_at"), "spent_challenges", ["expires_at"])
    op.create_table(
        "account_services",
        sa.Column("client_id", sa.String(length=128), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=190), nullable=False),
        sa.Column("name", sa.String(length=190), nullable=False),
        sa.Column("number", sa.String(length=190), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_services_account_id_accounts")),
        sa.PrimaryKeyConstraint("client_id", "account_id", "key", name=op.f("pk_account_services")),
    )
    op.create_index("ix_account_services_key", "account_services", ["key"])
    op.create_table(
        "objections",
        sa.Column("token_digest", sa.String(length=43), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=22), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_objections_account_id_accounts")),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_objections")),
    )
    op.create_index(op.f("ix_objections_account_id"), "objections", ["account_id"])
    op.create_index(op.f("ix_objections_expires_at"), "objections", ["expires_at"])
    op.create_table(
        "otp_recoveries",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=22), nullable=False),
        sa.Column("device_id", sa.String(length=43), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("link_digest", sa.String(length=43), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text()),
        sa.Column("address", sa.String(length=64)),
        sa.Column("message_id", sa.String(length=22)),
        sa.Column("sms_transaction_id", sa.String(length=22)),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("mailbox_proven_at", sa.BigInteger()),
        sa.Column("done_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_otp_recoveries_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_otp_recoveries")),
        sa.UniqueConstraint("link_digest", name=op.f("uq_otp_recoveries_link_digest")),
    )
    op.create_index(op.f("ix_otp_recoveries_account_id"), "otp_recoveries", ["account_id"])
    op.create_index(op.f("ix_otp_recoveries_expires_at"), "otp_recoveries", ["expires_at"])
    op.create_table(
        "recovery_codes",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("shown_at", sa.BigInteger()),
        sa.Column("spent_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_recovery_codes_account_id_accounts")),
        sa.PrimaryKeyConstraint("account_id", "digest", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "support_cases",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.String(length=32)),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("service", sa.String(length=190), nullable=False),
        sa.Column("old_email", sa.String(length=254), nullable=False),
        sa.Column("new_email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("topic", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("first_approver", sa.String(length=64)),
        sa.Column("second_approver", sa.String(length=64)),
        sa.Column("phone_authorised_at", sa.BigInteger()),
        sa.Column("hold_until", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_support_cases_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_support_cases_number")),
    )
    op.create_index(op.f("ix_support_cases_account_id"), "support_cases", ["account_id"])
    op.create_index(op.f("ix_support_cases_contact_email"), "support_cases", ["contact_email"])
    op.create_index("ix_support_cases_status_due_at", "support_cases", ["status", "due_at"])
    op.create_table(
        "case_entries",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.String(length=22), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["support_cases.id"], name=op.f("fk_case_entries_case_id_support_cases")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_case_entries")),
    )
    op.create_index(op.f("ix_case_entries_case_id"), "case_entries", ["case_id"])
    op.create_table(
        "case_evidence",
        sa.Column("case_id", sa.String(length=22), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("received_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["support_cases.id"], name=op.f("fk_case_evidence_case_id_support_cases")),
        sa.PrimaryKeyConstraint("case_id", "item", name=op.f("pk_case_evidence")),
    )
    with op.batch_alter_table("accounts") as accounts:
        accounts.add_column(sa.Column("roles", sa.String(length=64)))
        accounts.add_column(sa.Column("otp_demanded_at", sa.BigInteger()))
    op.execute("UPDATE accounts SET roles = CASE WHEN is_operator = 1 THEN 'admin' ELSE '' END")
    with op.batch_alter_table("accounts") as accounts:
        accounts.alter_column("roles", existing_type=sa.String(length=64), nullable=False)
        accounts.drop_column("is_operator")
    op.add_column("one_time_codes", sa.Column("message_id", sa.String(length=22)))
    op.add_column("one_time_codes", sa.Column("user_agent", sa.Text()))
    op.add_column("one_time_codes", sa.Column("flow", sa.Text()))
    op.add_column("one_time_codes", sa.Column("proven_until", sa.BigInteger()))


def downgrade() -> None:
    with op.batch_alter_table("one_time_codes") as one_time_codes:
        one_time_codes.drop_column("proven_until")
        one_time_codes.drop_column("flow")
        one_time_codes.drop_column("user_agent")
        one_time_codes.drop_column("message_id")
    with op.batch_alter_table("accounts") as accounts:
        accounts.add_column(sa.Column("is_operator", sa.BigInteger()))
    op.execute("UPDATE accounts SET is_operator = CASE WHEN roles = '' THEN 0 ELSE 1 END")
    with op.batch_alter_table("accounts") as accounts:
        accounts.alter_column("is_operator", existing_type=sa.BigInteger(), nullable=False)
        accounts.drop_column("roles")
        accounts.drop_column("otp_demanded_at")
    op.drop_table("case_evidence")
    op.drop_table("case_entries")
    op.drop_table("support_cases")
    op.drop_table("recovery_codes")
    op.drop_table("otp_recoveries")
    op.drop_table("objections")
    op.drop_table("account_services")
    op.drop_table("spent_challenges")
    op.drop_table("audit_seals")
