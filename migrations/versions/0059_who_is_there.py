"""Keep for a minute who has which claim open.

Revision: 0059, after 0058
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "presences",
        sa.Column("claim_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reviewer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("claim_id", "reviewer_id", name="pk_presences"),
    )
    op.create_index("ix_presences_seen_at", "presences", ["seen_at"])


def downgrade():
    op.drop_table("presences")
