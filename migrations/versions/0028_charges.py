"""Keep by which charge of a processor an order or a top-up was paid.

Revision: 0028, after 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade():
    for table in ("orders", "top_ups"):
        op.add_column(table, sa.Column("charge", sa.String(80), nullable=True))


def downgrade():
    for table in ("top_ups", "orders"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("charge")
