"""Keep with a payout run what dropped out of it at its release, and why.

Revision: 0040, after 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade():
    left_out = sa.Column("left_out", sa.JSON(), nullable=False, server_default="[]")
    op.add_column("payout_runs", left_out)


def downgrade():
    with op.batch_alter_table("payout_runs", schema=None) as batch_op:
        batch_op.drop_column("left_out")
