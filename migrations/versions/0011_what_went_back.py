"""Keep what went back of a price beside a claim and its decisions, and find payments by reference.

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade():
    for table in ("claims", "decisions"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(
                sa.Column("returned", sa.JSON(), server_default=sa.text("'[]'"), nullable=False)
            )
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column("returned", server_default=None)
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("payer_reference_key", sa.String(length=120), nullable=True))
        batch_op.create_index(
            "ix_payouts_payer_reference_key", ["payer_reference_key"], unique=False
        )
    payouts = sa.table(
        "payouts",
        sa.column("id", sa.Integer),
        sa.column("payer_reference", sa.String),
        sa.column("payer_reference_key", sa.String),
    )
    connection = op.get_bind()
    named = sa.select(payouts.c.id, payouts.c.payer_reference).where(
        payouts.c.payer_reference.is_not(None)
    )
    for row in connection.execute(named).all():
        key = "".join(row.payer_reference.casefold().split())[:120]
        connection.execute(
            payouts.update().where(payouts.c.id == row.id).values(payer_reference_key=key)
        )


def downgrade():
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.drop_index("ix_payouts_payer_reference_key")
        batch_op.drop_column("payer_reference_key")
    for table in ("claims", "decisions"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("returned")
