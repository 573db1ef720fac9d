"""Keep a proof of each sealing key, so that a wrong or a missing one stops the start.

Revision: 0081, after 0080
"""

import sqlalchemy as sa
from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "seal_proofs",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_seal_proofs"),
    )


def downgrade():
    op.drop_table("seal_proofs")
