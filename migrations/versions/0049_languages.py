"""Keep the language of a claim's customer.

Revision: 0049, after 0048
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("claims", sa.Column("language", sa.String(35), nullable=True))


def downgrade():
    op.drop_column("claims", "language")
