"""Look at new orders by their number, so that nothing is written of each.

Revision: 0079, after 0078
"""

import sqlalchemy as sa
from alembic import op

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None

AT_ONCE = sa.text("'1970-01-01 00:00:00'")
TIME = sa.DateTime(timezone=True)


def upgrade():
    op.add_column(
        "owed_shops", sa.Column("searched_to", sa.Integer(), nullable=False, server_default="0")
    )
    # Of a shop that was searched each order was looked at, or is marked to be.
    op.execute(
        "UPDATE owed_shops SET searched_to ="
        " (SELECT coalesce(max(id), 0) FROM orders WHERE orders.shop = owed_shops.shop)"
    )
    with op.batch_alter_table("orders", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.alter_column("look_at", existing_type=TIME, server_default=None)
        batch_op.create_index("ix_orders_shop", ["shop", "id"])


def downgrade():
    # What nobody has looked at is marked again.
    op.execute(
        "UPDATE orders SET look_at = '1970-01-01 00:00:00' WHERE id >"
        " (SELECT coalesce(max(searched_to), 0) FROM owed_shops WHERE owed_shops.shop = orders.shop)"
    )
    with op.batch_alter_table("orders") as batch_op:
        batch_op.drop_index("ix_orders_shop")
        batch_op.alter_column("look_at", existing_type=TIME, server_default=AT_ONCE)
    with op.batch_alter_table("owed_shops") as batch_op:
        batch_op.drop_column("searched_to")
