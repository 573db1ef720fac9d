"""Keep who set or ended a rail of a shop, and what was said of it.

Revision: 0022, after 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

RAILS = ("balance", "sepa", "massfile", "original", "manual")


def few(*words, name):
    return sa.Enum(*words, name=name, native_enum=False, length=30)


def upgrade():
    op.create_table(
        "rail_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("rail", few(*RAILS, name="rail"), nullable=False),
        sa.Column("action", few("set", "unset", name="railaction"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["reviewers.id"], name="fk_rail_changes_by_id_reviewers"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rail_changes"),
    )
    op.create_index("ix_rail_changes_shop", "rail_changes", ["shop", "id"])


def downgrade():
    op.drop_table("rail_changes")
