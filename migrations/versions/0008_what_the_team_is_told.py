"""What each person who works here is told by e-mail.

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("reviewers", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "told_of",
                sa.JSON(),
                nullable=False,
                server_default=sa.text("'[\"appeal\", \"overdue\", \"version\"]'"),
            )
        )
        batch_op.add_column(
            sa.Column("overdue_told_at", sa.DateTime(timezone=True), nullable=True)
        )


def downgrade():
    with op.batch_alter_table("reviewers", schema=None) as batch_op:
        batch_op.drop_column("overdue_told_at")
        batch_op.drop_column("told_of")
