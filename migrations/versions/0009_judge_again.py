"""Keep whose a claim's clock is, and when time alone changes its verdict.

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade():
    clock = sa.Enum("stated", "own", "paused", name="clock", native_enum=False, length=30)
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.add_column(sa.Column("clock", clock, nullable=True))
        batch_op.add_column(
            sa.Column("judge_again_at", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.create_index("ix_claims_judge_again", ["status", "judge_again_at"], unique=False)
    # What waits already is looked at once: a date may have passed that nobody looked at.
    op.execute("UPDATE claims SET judge_again_at = submitted_at WHERE waiting")


def downgrade():
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.drop_index("ix_claims_judge_again")
        batch_op.drop_column("judge_again_at")
        batch_op.drop_column("clock")
