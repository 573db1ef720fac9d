"""Keep whether an order was charged twice, paid with bonus coins or placed by a program, and who cancels often.

Revision: 0046, after 0045
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("orders", sa.Column("charged_twice", sa.Boolean(), nullable=True))
    op.add_column("orders", sa.Column("paid_with_bonus", sa.Boolean(), nullable=True))
    op.add_column("orders", sa.Column("placed_through", sa.String(30), nullable=True))
    often = sa.Column("often_cancelled_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("accounts", often)


def downgrade():
    with op.batch_alter_table("accounts") as batch:
        batch.drop_column("often_cancelled_at")
    with op.batch_alter_table("orders") as batch:
        for column in ("placed_through", "paid_with_bonus", "charged_twice"):
            batch.drop_column(column)
