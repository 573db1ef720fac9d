"""Tell of each order that is owed for without asking once, in the shop's feed.

Revision: 0038, after 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

OWED = sa.text("type = 'order.owed'")


def upgrade():
    op.add_column(
        "owed", sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index("ix_owed_told", "owed", ["shop", "told", "id"])
    op.create_index(
        "ix_events_owed", "events", ["shop", "about"], sqlite_where=OWED, postgresql_where=OWED
    )


def downgrade():
    op.drop_index("ix_events_owed", "events")
    op.drop_index("ix_owed_told", "owed")
    op.drop_column("owed", "told")
