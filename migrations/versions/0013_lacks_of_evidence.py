"""Keep with each file what of it can't be shown.

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lacks", sa.JSON(), server_default="[]", nullable=False))
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.alter_column("lacks", server_default=None)


def downgrade():
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_column("lacks")
