"""Keep what the payment system kept when an order was paid.

Revision: 0054, after 0053
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("orders", sa.Column("processing_fee_minor", sa.String(40), nullable=True))
    op.add_column("orders", sa.Column("processing_fee_currency", sa.String(5), nullable=True))


def downgrade():
    op.drop_column("orders", "processing_fee_currency")
    op.drop_column("orders", "processing_fee_minor")
