"""The first tables.

Revision: 0001, the first
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "active", "blocked", "deleted", name="accountstatus", native_enum=False, length=30
            ),
            server_default="active",
            nullable=False,
        ),
        sa.Column(
            "block_reason",
            sa.Enum(
                "rule_violation", "authorities", name="blockreason", native_enum=False, length=30
            ),
            nullable=True,
        ),
        sa.Column("fraud_flag", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column(
            "identity_documents",
            sa.Enum(
                "not_required",
                "provided",
                "refused",
                name="identitydocuments",
                native_enum=False,
                length=30,
            ),
            server_default="not_required",
            nullable=False,
        ),
        sa.Column("top_ups_known", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("purchases_known", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("shop", "email", name=op.f("uq_accounts_shop_email")),
    )
    op.create_table(
        "claim_counts",
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "submitted",
                "needs_information",
                "in_review",
                "approved",
                "payout_failed",
                "paid",
                "declined",
                "appealed",
                "closed",
                "withdrawn",
                name="status",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "shop", "status", "reason", "outcome", name=op.f("pk_claim_counts")
        ),
    )
    op.create_table(
        "claims",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "submitted",
                "needs_information",
                "in_review",
                "approved",
                "payout_failed",
                "paid",
                "declined",
                "appealed",
                "closed",
                "withdrawn",
                name="status",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("email_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("order_reference", sa.String(length=80), nullable=True),
        sa.Column("order_key", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("service_name", sa.String(length=120), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("destination", sa.String(length=10), nullable=True),
        sa.Column("remedy", sa.String(length=12), nullable=True),
        sa.Column("asked_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=5), nullable=True),
        sa.Column("number_used", sa.Boolean(), nullable=True),
        sa.Column("terms_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payout_method", sa.String(length=12), nullable=True),
        sa.Column("payout_sealed", sa.Text(), nullable=True),
        sa.Column("payout_masked", sa.JSON(), nullable=True),
        sa.Column("order_known", sa.Boolean(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("policy_version", sa.String(length=10), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("verdict_minor", sa.BigInteger(), nullable=True),
        sa.Column("verdict_clause", sa.String(length=20), nullable=True),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_target_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("information_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payout_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payout_limit_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeal_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeal_text", sa.Text(), nullable=True),
        sa.Column("open_key", sa.String(length=400), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("open_key", name=op.f("uq_claims_open_key")),
        sa.UniqueConstraint("reference", name=op.f("uq_claims_reference")),
    )
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.create_index("ix_claims_email", ["email", "id"], unique=False)
        batch_op.create_index("ix_claims_order_key", ["order_key", "id"], unique=False)
        batch_op.create_index("ix_claims_queue", ["waiting", "due_at", "id"], unique=False)
        batch_op.create_index(
            "ix_claims_queue_outcome", ["waiting", "outcome", "due_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_claims_queue_reason", ["waiting", "reason", "due_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_claims_queue_shop", ["waiting", "shop", "due_at", "id"], unique=False
        )
        batch_op.create_index("ix_claims_ended", ["status", "id"], unique=False)
        batch_op.create_index("ix_claims_status", ["status", "due_at", "id"], unique=False)
        batch_op.create_index(
            "ix_claims_status_shop", ["status", "shop", "due_at", "id"], unique=False
        )

    op.create_table(
        "orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("reference_key", sa.String(length=80), nullable=False),
        sa.Column("account_email", sa.String(length=320), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("activation", "rental", name="orderkind", native_enum=False, length=30),
            nullable=True,
        ),
        sa.Column("service", sa.String(length=120), nullable=True),
        sa.Column("country", sa.String(length=60), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("price_currency", sa.String(length=5), nullable=True),
        sa.Column(
            "label",
            sa.Enum("for_registration", name="orderlabel", native_enum=False, length=30),
            nullable=True,
        ),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "cancelled_by",
            sa.Enum("customer", "provider", name="cancelledby", native_enum=False, length=30),
            nullable=True,
        ),
        sa.Column("unavailable_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("was_orderable", sa.Boolean(), nullable=True),
        sa.Column("refunded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("restriction_ignored", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("operational", sa.Boolean(), nullable=True),
        sa.Column("paid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outage_reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outage_ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disconnected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "disconnected_by",
            sa.Enum(
                "customer",
                "operator",
                "provider",
                name="disconnectedby",
                native_enum=False,
                length=30,
            ),
            nullable=True,
        ),
        sa.Column(
            "disconnect_cause",
            sa.Enum("customer", "other", name="disconnectcause", native_enum=False, length=30),
            nullable=True,
        ),
        sa.Column(
            "fault",
            sa.Enum("local_provider", name="orderfault", native_enum=False, length=30),
            nullable=True,
        ),
        sa.Column("replacement_available", sa.Boolean(), nullable=True),
        sa.Column(
            "payment_method_refundable", sa.Boolean(), server_default=sa.true(), nullable=False
        ),
        sa.Column("messages_known", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("shop", "reference", name=op.f("uq_orders_shop_reference")),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index("ix_orders_account", ["shop", "account_email"], unique=False)
        batch_op.create_index("ix_orders_lookup", ["shop", "reference_key"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=True),
        sa.Column("sender", sa.String(length=450), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "sent", "parked", name="mailstate", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_id")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_about_id", ["about", "id"], unique=False)
        batch_op.create_index("ix_outbox_state_due_at", ["state", "due_at"], unique=False)

    op.create_table(
        "purchases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.Column("account_email", sa.String(length=320), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=5), nullable=False),
        sa.Column("activated", sa.Boolean(), nullable=True),
        sa.Column("refunded", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchases")),
        sa.UniqueConstraint("shop", "reference", name=op.f("uq_purchases_shop_reference")),
    )
    with op.batch_alter_table("purchases", schema=None) as batch_op:
        batch_op.create_index("ix_purchases_account", ["shop", "account_email"], unique=False)

    op.create_table(
        "reviewers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "role",
            sa.Enum("reviewer", "admin", name="role", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column("may_pay", sa.Boolean(), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("tf_primary_method", sa.String(length=64), nullable=True),
        sa.Column("tf_totp_secret", sa.String(length=255), nullable=True),
        sa.Column("tf_last_counter", sa.Integer(), nullable=True),
        sa.Column("mf_recovery_codes", sa.UnicodeText(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviewers")),
        sa.UniqueConstraint("email", name=op.f("uq_reviewers_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_reviewers_fs_uniquifier")),
    )
    op.create_table(
        "top_ups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.Column("account_email", sa.String(length=320), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=5), nullable=False),
        sa.Column("method", sa.String(length=60), nullable=True),
        sa.Column("method_refundable", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_top_ups")),
        sa.UniqueConstraint("shop", "reference", name=op.f("uq_top_ups_shop_reference")),
    )
    with op.batch_alter_table("top_ups", schema=None) as batch_op:
        batch_op.create_index("ix_top_ups_account", ["shop", "account_email"], unique=False)

    op.create_table(
        "claim_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "submit",
                "ask",
                "answer",
                "refer",
                "approve",
                "decline",
                "lapse",
                "add_evidence",
                "record_finding",
                "withdraw",
                "appeal",
                "mark_paid",
                "mark_failed",
                "correct_payout",
                "extend",
                name="action",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "role",
            sa.Enum(
                "customer", "policy", "reviewer", "payer", name="role", native_enum=False, length=30
            ),
            nullable=False,
        ),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column(
            "before",
            sa.Enum(
                "draft",
                "submitted",
                "needs_information",
                "in_review",
                "approved",
                "payout_failed",
                "paid",
                "declined",
                "appealed",
                "closed",
                "withdrawn",
                name="status",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "after",
            sa.Enum(
                "draft",
                "submitted",
                "needs_information",
                "in_review",
                "approved",
                "payout_failed",
                "paid",
                "declined",
                "appealed",
                "closed",
                "withdrawn",
                name="status",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("internal", sa.Text(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name=op.f("fk_claim_events_claim_id_claims")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewers.id"], name=op.f("fk_claim_events_reviewer_id_reviewers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_events")),
    )
    with op.batch_alter_table("claim_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claim_events_claim_id"), ["claim_id"], unique=False)

    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "submit",
                "ask",
                "answer",
                "refer",
                "approve",
                "decline",
                "lapse",
                "add_evidence",
                "record_finding",
                "withdraw",
                "appeal",
                "mark_paid",
                "mark_failed",
                "correct_payout",
                "extend",
                name="action",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("policy_hash", sa.String(length=64), nullable=False),
        sa.Column("case", sa.JSON(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name=op.f("fk_decisions_claim_id_claims")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decisions_claim_id"), ["claim_id"], unique=False)

    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("media_kind", sa.String(length=12), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on_appeal", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "checking", "ready", "refused", name="evidencestate", native_enum=False, length=30
            ),
            nullable=False,
        ),
        sa.Column("problem", sa.String(length=200), nullable=True),
        sa.Column("original_key", sa.String(length=80), nullable=True),
        sa.Column("views", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name=op.f("fk_evidence_claim_id_claims")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("public_id", name=op.f("uq_evidence_public_id")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_claim_id"), ["claim_id"], unique=False)
        batch_op.create_index("ix_evidence_state_due_at", ["state", "due_at"], unique=False)

    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service", sa.String(length=120), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
            name=op.f("fk_messages_order_id_orders"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint(
            "order_id",
            "received_at",
            "service",
            name=op.f("uq_messages_order_id_received_at_service"),
        ),
    )
    op.create_table(
        "one_time_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name=op.f("fk_one_time_codes_claim_id_claims")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_codes")),
    )
    with op.batch_alter_table("one_time_codes", schema=None) as batch_op:
        batch_op.create_index(
            "ix_one_time_codes_address_created_at", ["address", "created_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_one_time_codes_claim_id"), ["claim_id"], unique=False)

    op.create_table(
        "payouts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("destination", sa.String(length=10), nullable=False),
        sa.Column("remedy", sa.String(length=12), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=5), nullable=True),
        sa.Column(
            "state",
            sa.Enum("due", "paid", "failed", name="payoutstate", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payer_reference", sa.String(length=120), nullable=True),
        sa.Column("failed_reason", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name=op.f("fk_payouts_claim_id_claims")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_payouts_claim_id")),
    )
    op.create_table(
        "rulings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("clause", sa.String(length=20), nullable=False),
        sa.Column("customer_text", sa.Text(), nullable=False),
        sa.Column("internal_note", sa.Text(), nullable=False),
        sa.Column("override_reason", sa.Text(), nullable=True),
        sa.Column("on_appeal", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name=op.f("fk_rulings_claim_id_claims")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewers.id"], name=op.f("fk_rulings_reviewer_id_reviewers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulings")),
    )
    with op.batch_alter_table("rulings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rulings_claim_id"), ["claim_id"], unique=False)


def downgrade():
    with op.batch_alter_table("rulings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rulings_claim_id"))

    op.drop_table("rulings")
    op.drop_table("payouts")
    with op.batch_alter_table("one_time_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_one_time_codes_claim_id"))
        batch_op.drop_index("ix_one_time_codes_address_created_at")

    op.drop_table("one_time_codes")
    op.drop_table("messages")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index("ix_evidence_state_due_at")
        batch_op.drop_index(batch_op.f("ix_evidence_claim_id"))

    op.drop_table("evidence")
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decisions_claim_id"))

    op.drop_table("decisions")
    with op.batch_alter_table("claim_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claim_events_claim_id"))

    op.drop_table("claim_events")
    with op.batch_alter_table("top_ups", schema=None) as batch_op:
        batch_op.drop_index("ix_top_ups_account")

    op.drop_table("top_ups")
    op.drop_table("reviewers")
    with op.batch_alter_table("purchases", schema=None) as batch_op:
        batch_op.drop_index("ix_purchases_account")

    op.drop_table("purchases")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_state_due_at")
        batch_op.drop_index("ix_outbox_about_id")

    op.drop_table("outbox")
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index("ix_orders_lookup")
        batch_op.drop_index("ix_orders_account")

    op.drop_table("orders")
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.drop_index("ix_claims_status_shop")
        batch_op.drop_index("ix_claims_status")
        batch_op.drop_index("ix_claims_ended")
        batch_op.drop_index("ix_claims_queue_shop")
        batch_op.drop_index("ix_claims_queue_reason")
        batch_op.drop_index("ix_claims_queue_outcome")
        batch_op.drop_index("ix_claims_queue")
        batch_op.drop_index("ix_claims_order_key")
        batch_op.drop_index("ix_claims_email")

    op.drop_table("claims")
    op.drop_table("claim_counts")
    op.drop_table("accounts")
