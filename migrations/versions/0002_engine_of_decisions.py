"""Keep with each decision which engine made it.

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade():
    # What was decided before engines were counted was decided by the first.
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("engine", sa.Integer(), server_default="1", nullable=False))
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.alter_column("engine", server_default=None)


def downgrade():
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_column("engine")
