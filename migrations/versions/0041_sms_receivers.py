"""Keep the addresses at which shops are told that a message arrived.

Revision: 0041, after 0040
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "sms_receivers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(29), nullable=False),
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("zone", sa.String(60), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sms_receivers"),
        sa.UniqueConstraint("key", name="uq_sms_receivers_key"),
        sa.UniqueConstraint("secret_hash", name="uq_sms_receivers_secret_hash"),
    )


def downgrade():
    op.drop_table("sms_receivers")
