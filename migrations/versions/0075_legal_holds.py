"""Keep which claims nothing is deleted of, and what was deleted of which.

Revision: 0075, after 0074
"""

import sqlalchemy as sa
from alembic import op

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "legal_holds",
        sa.Column("claim_id", sa.Integer(), sa.ForeignKey("claims.id"), primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), sa.ForeignKey("reviewers.id"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_table(
        "forgotten",
        sa.Column("claim_id", sa.Integer(), sa.ForeignKey("claims.id"), primary_key=True, autoincrement=False),
        sa.Column("part", sa.String(length=30), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade():
    op.drop_table("forgotten")
    op.drop_table("legal_holds")
