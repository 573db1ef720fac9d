"""Let each person choose how soon they are told of what, and tell of payouts that fail or wait for another.

Revision: 0062, after 0061
"""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

NEWS = ["second", "payout"]
PEOPLE = sa.table("reviewers", sa.column("id", sa.Integer), sa.column("told_of", sa.JSON))


def upgrade():
    op.add_column(
        "reviewers", sa.Column("told_daily", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
    )
    op.add_column("reviewers", sa.Column("zone", sa.String(60), nullable=True))
    op.add_column("reviewers", sa.Column("daily_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "daily_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("news", sa.String(30), nullable=False),
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("path", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewers.id"], name="fk_daily_lines_reviewer_id_reviewers"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_daily_lines"),
    )
    op.create_index("ix_daily_lines_reviewer_id", "daily_lines", ["reviewer_id"])
    _choose(lambda told: told + NEWS)


def downgrade():
    _choose(lambda told: [each for each in told if each not in NEWS])
    op.drop_table("daily_lines")
    for column in ("daily_at", "zone", "told_daily"):
        op.drop_column("reviewers", column)


def _choose(change):
    bind = op.get_bind()
    for number, told in bind.execute(sa.select(PEOPLE.c.id, PEOPLE.c.told_of)).all():
        bind.execute(sa.update(PEOPLE).where(PEOPLE.c.id == number).values(told_of=change(told)))
