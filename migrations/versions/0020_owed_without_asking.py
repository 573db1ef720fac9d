"""Find what a policy promises by itself: when an order is looked at, how new the records are, what is owed.

Revision: 0020, after 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade():
    # Every order is looked at once, and again when something about it changes.
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "look_at",
                sa.DateTime(timezone=True),
                server_default=sa.text("'1970-01-01 00:00:00'"),
                nullable=True,
            )
        )
        batch_op.create_index("ix_orders_look_at", ["shop", "look_at"])
    op.create_table(
        "records_read",
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop", name="pk_records_read"),
    )
    op.create_table(
        "owed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("order_reference", sa.String(80), nullable=False),
        sa.Column("order_key", sa.String(80), nullable=False),
        sa.Column("account", sa.String(320), nullable=False),
        sa.Column("clause", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(5), nullable=False),
        sa.Column("owed_since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_owed"),
        sa.UniqueConstraint("shop", "order_reference", name="uq_owed_shop_order_reference"),
    )
    op.create_index("ix_owed_since", "owed", ["shop", "owed_since", "id"])
    op.create_table(
        "owed_shops",
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("searched_by", sa.String(80), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop", name="pk_owed_shops"),
    )
    op.create_table(
        "owed_switches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewers.id"], name="fk_owed_switches_reviewer_id_reviewers"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_owed_switches"),
    )
    op.create_index("ix_owed_switches_shop", "owed_switches", ["shop", "id"])


def downgrade():
    for table in ("owed_switches", "owed_shops", "owed", "records_read"):
        op.drop_table(table)
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index("ix_orders_look_at")
        batch_op.drop_column("look_at")
