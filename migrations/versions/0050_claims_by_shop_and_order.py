"""Find a shop's claims about an order in one index, whatever the database knows of its rows

Revision: 0050, after 0049
"""

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index("ix_claims_shop_order_key", "claims", ["shop", "order_key", "id"])


def downgrade():
    op.drop_index("ix_claims_shop_order_key", "claims")
