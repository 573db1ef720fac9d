"""Keep on what decisions rest, and let an appeal about a part add a payout.

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade():
    for table in ("decisions", "rulings"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("ground", sa.JSON(), nullable=True))
    purpose = sa.Enum("claim", "appeal", name="purpose", native_enum=False, length=30)
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("purpose", purpose, server_default="claim", nullable=False)
        )
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.alter_column("purpose", server_default=None)
        batch_op.drop_constraint("uq_payouts_claim_id", type_="unique")
        batch_op.create_unique_constraint(
            "uq_payouts_claim_id_purpose", ["claim_id", "purpose"]
        )


def downgrade():
    # What an appeal added has no place where a claim has one payout.
    op.execute("DELETE FROM payouts WHERE purpose <> 'claim'")
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.drop_constraint("uq_payouts_claim_id_purpose", type_="unique")
        batch_op.create_unique_constraint("uq_payouts_claim_id", ["claim_id"])
        batch_op.drop_column("purpose")
    for table in ("decisions", "rulings"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("ground")
