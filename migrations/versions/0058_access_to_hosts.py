"""Keep, sealed and for a while, how one gets into a customer's host.

Revision: 0058, after 0057
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("claims", sa.Column("access_sealed", sa.Text(), nullable=True))
    op.add_column("claims", sa.Column("access_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_claims_access_until", "claims", ["access_until"])


def downgrade():
    op.drop_index("ix_claims_access_until", "claims")
    op.drop_column("claims", "access_until")
    op.drop_column("claims", "access_sealed")
