"""Keep which rulings were taken back, and let what was paid anew come back and be paid once more.

Revision: 0021, after 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("rulings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("turn", sa.Integer(), server_default="1", nullable=False))
        batch_op.drop_constraint("uq_payouts_claim_id_purpose", type_="unique")
        batch_op.create_unique_constraint(
            "uq_payouts_claim_id_purpose_turn", ["claim_id", "purpose", "turn"]
        )
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.alter_column("turn", server_default=None)


def downgrade():
    # Entries of the ledger are never deleted, so of a claim only one correction may have been made.
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.drop_constraint("uq_payouts_claim_id_purpose_turn", type_="unique")
        batch_op.create_unique_constraint("uq_payouts_claim_id_purpose", ["claim_id", "purpose"])
        batch_op.drop_column("turn")
    with op.batch_alter_table("rulings", schema=None) as batch_op:
        batch_op.drop_column("taken_back_at")
