"""Why a person did something to a version of a policy: a withdrawal says it.

Revision: 0018, after 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("policy_events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("why", sa.Text(), server_default="", nullable=False))


def downgrade():
    with op.batch_alter_table("policy_events", schema=None) as batch_op:
        batch_op.drop_column("why")
