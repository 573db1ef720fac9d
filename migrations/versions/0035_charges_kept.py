"""Keep of a payout which charge it was tried at first.

Revision: 0035, after 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("payouts", sa.Column("charge", sa.String(80), nullable=True))


def downgrade():
    op.drop_column("payouts", "charge")
