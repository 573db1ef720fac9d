"""Keep whose turn it is to get a new claim, and who takes none for now.

Revision: 0070, after 0069
"""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "desk_turns",
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["reviewer_id"], ["reviewers.id"]),
        sa.PrimaryKeyConstraint("shop", "reviewer_id"),
    )
    op.add_column("reviewers", sa.Column("away_since", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column("reviewers", "away_since")
    op.drop_table("desk_turns")
