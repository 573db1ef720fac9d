"""Keep payout runs: who made and released each, and its file, sealed.

Revision: 0023, after 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

RAILS = ("balance", "sepa", "massfile", "original", "manual")


def upgrade():
    rail = sa.Enum(*RAILS, name="rail", native_enum=False, length=30)
    op.create_table(
        "payout_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(29), nullable=False),
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("rail", rail, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("currency", sa.String(5), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by_id", sa.Integer(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("sum_minor", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("file_sealed", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["reviewers.id"], name="fk_payout_runs_made_by_id_reviewers"
        ),
        sa.ForeignKeyConstraint(
            ["released_by_id"], ["reviewers.id"], name="fk_payout_runs_released_by_id_reviewers"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payout_runs"),
        sa.UniqueConstraint("key", name="uq_payout_runs_key"),
    )
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("run_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            "fk_payouts_run_id_payout_runs", "payout_runs", ["run_id"], ["id"]
        )
        batch_op.create_index("ix_payouts_run_id", ["run_id", "id"])


def downgrade():
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.drop_index("ix_payouts_run_id")
        batch_op.drop_constraint("fk_payouts_run_id_payout_runs", type_="foreignkey")
        batch_op.drop_column("run_id")
    op.drop_table("payout_runs")
