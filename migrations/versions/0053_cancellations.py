"""Keep how many orders an account cancelled in the last day, week and 30 days, as its shop says.

Revision: 0053, after 0052
"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

COLUMNS = ("cancellations_1_day", "cancellations_7_days", "cancellations_30_days")


def upgrade():
    for name in COLUMNS:
        op.add_column("accounts", sa.Column(name, sa.Integer(), nullable=True))


def downgrade():
    for name in reversed(COLUMNS):
        op.drop_column("accounts", name)
