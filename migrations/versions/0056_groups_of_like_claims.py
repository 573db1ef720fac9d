"""Count the claims that wait with one verdict by one clause, find them, and keep what was decided together.

Revision: 0056, after 0055
"""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

STATES = ("waiting", "decided", "refused", "undone")


def upgrade():
    op.create_table(
        "group_counts",
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("clause", sa.String(20), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "outcome", "clause", name="pk_group_counts"),
    )
    # What waits already counts too.
    op.execute(
        """
        INSERT INTO group_counts (shop, outcome, clause, count)
        SELECT shop, outcome, verdict_clause, count(*)
        FROM claims
        WHERE status = 'in_review' AND outcome IN ('approve', 'deny') AND verdict_clause IS NOT NULL
        GROUP BY 1, 2, 3
        """
    )
    op.create_index(
        "ix_claims_group",
        "claims",
        ["verdict_clause", "shop", "outcome", "status", "due_at", "id"],
    )
    op.create_table(
        "bulk_acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(22), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("clause", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewers.id"], name="fk_bulk_acts_reviewer_id_reviewers"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_acts"),
        sa.UniqueConstraint("key", name="uq_bulk_acts_key"),
    )
    op.create_table(
        "bulk_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("act_id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="bulkstate", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column("why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["act_id"], ["bulk_acts.id"], name="fk_bulk_lines_act_id_bulk_acts"),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_bulk_lines_claim_id_claims"),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_lines"),
    )
    op.create_index("ix_bulk_lines_act_id", "bulk_lines", ["act_id"])


def downgrade():
    op.drop_table("bulk_lines")
    op.drop_table("bulk_acts")
    op.drop_index("ix_claims_group", table_name="claims")
    op.drop_table("group_counts")
