"""Keep in the index of orders to look at only those that wait for a look.

Revision: 0039, after 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

WAITING = sa.text("look_at IS NOT NULL")


def upgrade():
    op.drop_index("ix_orders_look_at", table_name="orders")
    op.create_index(
        "ix_orders_look_at",
        "orders",
        ["shop", "look_at"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )


def downgrade():
    op.drop_index("ix_orders_look_at", table_name="orders")
    op.create_index("ix_orders_look_at", "orders", ["shop", "look_at"])
