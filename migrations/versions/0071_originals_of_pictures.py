"""Keep a picture as it was before parts of it were blacked out, until its time is over.

Revision: 0071, after 0070
"""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column(
        "evidence", sa.Column("originals", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
    )
    op.add_column("evidence", sa.Column("originals_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_evidence_originals_until", "evidence", ["originals_until"])


def downgrade():
    op.drop_index("ix_evidence_originals_until", "evidence")
    op.drop_column("evidence", "originals_until")
    op.drop_column("evidence", "originals")
