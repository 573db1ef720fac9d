"""Find the claims that were given the same file.

Revision: 0025, after 0024
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index("ix_evidence_sha256", "evidence", ["sha256"])


def downgrade():
    op.drop_index("ix_evidence_sha256", "evidence")
