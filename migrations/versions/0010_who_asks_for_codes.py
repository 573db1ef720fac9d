"""Keep with a code who asked for it, so that one asker's limit is not another's.

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("one_time_codes") as table:
        for name in ("browser", "network"):
            table.add_column(
                sa.Column(name, sa.String(length=64), nullable=False, server_default="")
            )
        table.add_column(
            sa.Column("linked", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        table.create_index("ix_one_time_codes_network_created_at", ["network", "created_at"])


def downgrade():
    with op.batch_alter_table("one_time_codes") as table:
        table.drop_index("ix_one_time_codes_network_created_at")
        for name in ("linked", "network", "browser"):
            table.drop_column(name)
