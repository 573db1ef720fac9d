"""Keep what the provider says of an order, beside the shop's own logs.

Revision: 0043, after 0042
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "provider_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cost_minor", sa.String(40), nullable=True),
        sa.Column("cost_currency", sa.String(5), nullable=True),
        sa.Column("provider_status", sa.String(30), nullable=True),
        sa.Column("provider_delivered", sa.Boolean(), nullable=True),
        sa.Column("provider_refunded", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_provider_reports"),
        sa.UniqueConstraint("shop", "reference", name="uq_provider_reports_shop_reference"),
    )
    op.add_column("orders", sa.Column("provider_reference", sa.String(80), nullable=True))
    op.create_index("ix_orders_provider_reference", "orders", ["shop", "provider_reference"])


def downgrade():
    op.drop_index("ix_orders_provider_reference", table_name="orders")
    with op.batch_alter_table("orders") as batch:
        batch.drop_column("provider_reference")
    op.drop_table("provider_reports")
