"""Keep who has a claim in hand, and tell everybody of what colleagues give them.

Revision: 0055, after 0054
"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

NEWS = ["handed", "named"]
PEOPLE = sa.table("reviewers", sa.column("id", sa.Integer), sa.column("told_of", sa.JSON))


def upgrade():
    with op.batch_alter_table("claims") as claims:
        claims.add_column(sa.Column("assignee_id", sa.Integer(), nullable=True))
        claims.create_foreign_key(
            "fk_claims_assignee_id_reviewers", "reviewers", ["assignee_id"], ["id"]
        )
        claims.create_index("ix_claims_assignee", ["assignee_id", "waiting", "due_at", "id"])
    _choose(lambda told: told + NEWS)


def downgrade():
    _choose(lambda told: [each for each in told if each not in NEWS])
    with op.batch_alter_table("claims") as claims:
        claims.drop_index("ix_claims_assignee")
        claims.drop_constraint("fk_claims_assignee_id_reviewers", type_="foreignkey")
        claims.drop_column("assignee_id")


def _choose(change):
    bind = op.get_bind()
    for number, told in bind.execute(sa.select(PEOPLE.c.id, PEOPLE.c.told_of)).all():
        bind.execute(sa.update(PEOPLE).where(PEOPLE.c.id == number).values(told_of=change(told)))
