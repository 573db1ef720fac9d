"""Keep with what is queued which request caused it.

Revision: 0074, after 0073
"""

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

QUEUED = ("outbox", "webhook_deliveries", "events", "payouts", "evidence")


def upgrade():
    for table in QUEUED:
        op.add_column(table, sa.Column("request_id", sa.String(64), nullable=True))


def downgrade():
    for table in QUEUED:
        op.drop_column(table, "request_id")
