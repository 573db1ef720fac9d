"""Keep the ready-made texts of a shop for what customers read.

Revision: 0064, after 0063
"""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "snippets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("clause", sa.String(20), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["reviewers.id"], name="fk_snippets_changed_by_id_reviewers"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_snippets"),
    )
    op.create_index("ix_snippets_shop", "snippets", ["shop", "id"])


def downgrade():
    op.drop_table("snippets")
