"""Know an account by the shop's own id too, or by that alone.

Revision: 0033, after 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

OWNED = ("orders", "top_ups", "purchases")


def upgrade():
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("account_id", sa.String(80), nullable=True))
        batch_op.alter_column("email", existing_type=sa.String(320), nullable=True)
        batch_op.create_unique_constraint(
            op.f("uq_accounts_shop_account_id"), ["shop", "account_id"]
        )
    for table in OWNED:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("account_id", sa.String(80), nullable=True))
            batch_op.alter_column("account_email", existing_type=sa.String(320), nullable=True)
        op.create_index(f"ix_{table}_account_id", table, ["shop", "account_id"])
    op.add_column("claims", sa.Column("account_id", sa.String(80), nullable=True))
    op.create_index("ix_claims_account_id", "claims", ["account_id", "id"])


def downgrade():
    """What is known by the shop's own id alone goes with it: before, it could not be kept."""
    op.drop_index("ix_claims_account_id", "claims")
    op.drop_column("claims", "account_id")
    op.execute(
        "DELETE FROM messages WHERE order_id IN (SELECT id FROM orders WHERE account_email IS NULL)"
    )
    for table in reversed(OWNED):
        op.execute(f"DELETE FROM {table} WHERE account_email IS NULL")
        op.drop_index(f"ix_{table}_account_id", table)
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column("account_email", existing_type=sa.String(320), nullable=False)
            batch_op.drop_column("account_id")
    op.execute("DELETE FROM accounts WHERE email IS NULL")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_accounts_shop_account_id"), type_="unique")
        batch_op.alter_column("email", existing_type=sa.String(320), nullable=False)
        batch_op.drop_column("account_id")
