"""Find a shop's claims about an order or of a holder in one index, whatever the database knows of its rows

Revision: 0050, after 0049
"""

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_NAMES = ("email", "account_id", "order_key")


def upgrade():
    for name in _NAMES:
        op.create_index(f"ix_claims_shop_{name}", "claims", ["shop", name, "id"])


def downgrade():
    for name in _NAMES:
        op.drop_index(f"ix_claims_shop_{name}", "claims")
