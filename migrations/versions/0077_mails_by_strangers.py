"""Count the mails that strangers have sent to somebody.

Revision: 0077, after 0076
"""

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "mails_by_strangers",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("mailbox", sa.String(length=64), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_mails_by_strangers_at", "mails_by_strangers", ["at"])
    op.create_index("ix_mails_by_strangers_mailbox_at", "mails_by_strangers", ["mailbox", "at"])
    op.create_index("ix_mails_by_strangers_network_at", "mails_by_strangers", ["network", "at"])


def downgrade():
    op.drop_table("mails_by_strangers")
