"""What was done how often, so that limits hold in every process and after a restart.

Revision: 0017, after 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "limit_counts",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("window", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_limit_counts")),
    )
    with op.batch_alter_table("limit_counts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_limit_counts_over_at"), ["over_at"], unique=False)


def downgrade():
    with op.batch_alter_table("limit_counts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_limit_counts_over_at"))

    op.drop_table("limit_counts")
