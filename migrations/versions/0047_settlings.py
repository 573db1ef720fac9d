"""Keep what is said of a run's payouts line by line, so that the worker goes on with it.

Revision: 0047, after 0046
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "settlings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("strangers", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["payout_runs.id"], name="fk_settlings_run_id_payout_runs"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["reviewers.id"], name="fk_settlings_by_id_reviewers"),
        sa.PrimaryKeyConstraint("id", name="pk_settlings"),
    )
    op.create_index("ix_settlings_run_id", "settlings", ["run_id", "id"])
    op.create_index("ix_settlings_ended", "settlings", ["ended", "id"])
    kinds = sa.Enum("fixable", "wait", "final", name="failedkind", native_enum=False, length=30)
    op.create_table(
        "settling_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("settling_id", sa.Integer(), nullable=False),
        sa.Column("told_as", sa.String(29), nullable=False),
        sa.Column("became", sa.String(12), nullable=False),
        sa.Column("kind", kinds, nullable=True),
        sa.Column("reference", sa.String(120), nullable=False),
        sa.Column("detail", sa.String(300), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(5), nullable=True),
        sa.Column("came_to", sa.String(12), nullable=True),
        sa.Column("claim", sa.String(12), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["settling_id"], ["settlings.id"], name="fk_settling_lines_settling_id_settlings"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_settling_lines"),
    )
    op.create_index(
        "ix_settling_lines_settling_id", "settling_lines", ["settling_id", "came_to", "id"]
    )


def downgrade():
    op.drop_table("settling_lines")
    op.drop_table("settlings")
