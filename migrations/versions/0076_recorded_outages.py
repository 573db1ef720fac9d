"""Keep the outage that a person recorded of an incident, and of each claim that is decided by it.

Revision: 0076, after 0075
"""

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("claims", sa.Column("outage", sa.JSON(), nullable=True))
    op.add_column("incidents", sa.Column("outage_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("incidents", sa.Column("outage_until", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column("incidents", "outage_until")
    op.drop_column("incidents", "outage_from")
    op.drop_column("claims", "outage")
