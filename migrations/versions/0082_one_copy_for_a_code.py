"""Keep of a code whether a copy of one's data was taken by it: each gives one.

Revision: 0082, after 0081
"""

import sqlalchemy as sa
from alembic import op

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("one_time_codes", sa.Column("copied_at", sa.DateTime(timezone=True)))


def downgrade():
    with op.batch_alter_table("one_time_codes") as batch_op:
        batch_op.drop_column("copied_at")
