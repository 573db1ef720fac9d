"""Keep what of a price the shop returned, where that was a part.

Revision: 0027, after 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("orders", sa.Column("refunded_minor", sa.String(40), nullable=True))
    op.add_column("orders", sa.Column("refunded_currency", sa.String(5), nullable=True))


def downgrade():
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_column("refunded_currency")
        batch_op.drop_column("refunded_minor")
