"""Count which clauses decide, by the day on which the claims were sent.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

DAY = {"sqlite": "date(submitted_at)", "postgresql": "(submitted_at AT TIME ZONE 'UTC')::date"}


def upgrade():
    op.create_table(
        "clause_counts",
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("clause", sa.String(length=20), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "version", "day", "clause", name=op.f("pk_clause_counts")),
    )
    # What was decided before anybody counted counts too.
    op.execute(
        f"""
        INSERT INTO clause_counts (shop, version, day, clause, count)
        SELECT shop, policy_version, {DAY[op.get_bind().dialect.name]}, verdict_clause, count(*)
        FROM claims
        WHERE status <> 'draft' AND outcome IN ('approve', 'deny')
          AND verdict_clause IS NOT NULL AND submitted_at IS NOT NULL
        GROUP BY 1, 2, 3, 4
        """  # noqa: S608 - both texts are our own
    )


def downgrade():
    op.drop_table("clause_counts")
