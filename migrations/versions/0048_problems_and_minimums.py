"""Keep when an order's problem began, and whether a balance is below the least payout.

Revision: 0048, after 0047
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("orders", sa.Column("problem_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("accounts", sa.Column("below_minimum", sa.Boolean(), nullable=True))


def downgrade():
    op.drop_column("accounts", "below_minimum")
    op.drop_column("orders", "problem_at")
