"""Let a code stand for an address alone, so that its holder finds their claims.

Revision: 0042, after 0041
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("one_time_codes") as table:
        table.alter_column("claim_id", existing_type=sa.Integer(), nullable=True)


def downgrade():
    op.execute("DELETE FROM one_time_codes WHERE claim_id IS NULL")  # good for ten minutes
    with op.batch_alter_table("one_time_codes") as table:
        table.alter_column("claim_id", existing_type=sa.Integer(), nullable=False)
