"""Find what nobody asked for without reading what customers did.

Revision: 0083, after 0082
"""

from alembic import op

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index("ix_claims_origin", "claims", ["origin", "id"])


def downgrade():
    op.drop_index("ix_claims_origin", "claims")
