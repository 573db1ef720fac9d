"""Keep which identity documents a customer was asked for, and until when they are kept.

Revision: 0068, after 0067
"""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("claims", sa.Column("identity", sa.JSON(), nullable=True))
    op.add_column("claims", sa.Column("identity_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_claims_identity_until", "claims", ["identity_until"])


def downgrade():
    op.drop_index("ix_claims_identity_until", "claims")
    op.drop_column("claims", "identity_until")
    op.drop_column("claims", "identity")
