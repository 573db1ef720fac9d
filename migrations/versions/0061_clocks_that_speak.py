"""Keep when a claim's clock has something to say, and tell those who work here before a date passes.

Revision: 0061, after 0060
"""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

NEWS = "near"
PEOPLE = sa.table("reviewers", sa.column("id", sa.Integer), sa.column("told_of", sa.JSON))


def upgrade():
    with op.batch_alter_table("claims") as claims:
        claims.add_column(sa.Column("review_warn_at", sa.DateTime(timezone=True), nullable=True))
        claims.add_column(sa.Column("rings_at", sa.DateTime(timezone=True), nullable=True))
        claims.create_index("ix_claims_rings_at", ["rings_at"])
    _choose(lambda told: [*told, NEWS])


def downgrade():
    _choose(lambda told: [each for each in told if each != NEWS])
    with op.batch_alter_table("claims") as claims:
        claims.drop_index("ix_claims_rings_at")
        claims.drop_column("rings_at")
        claims.drop_column("review_warn_at")


def _choose(change):
    bind = op.get_bind()
    for number, told in bind.execute(sa.select(PEOPLE.c.id, PEOPLE.c.told_of)).all():
        bind.execute(
            sa.update(PEOPLE).where(PEOPLE.c.id == number).values(told_of=change(told or []))
        )
