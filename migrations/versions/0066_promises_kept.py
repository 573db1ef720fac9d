"""Keep with a decision by when it was promised, so that a report tells what came in time.

Revision: 0066, after 0065
"""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

# Of a claim that was never appealed the date of its review is still that of its decision.
KNOWN = """
    UPDATE rulings SET promised_at = (SELECT c.review_due_at FROM claims c WHERE c.id = rulings.claim_id)
    WHERE on_appeal = {false} AND claim_id IN
    (SELECT id FROM claims WHERE clock = 'stated' AND appealed_at IS NULL)"""


def upgrade():
    op.add_column("rulings", sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True))
    false = "0" if op.get_bind().dialect.name == "sqlite" else "false"
    op.execute(KNOWN.format(false=false))


def downgrade():
    op.drop_column("rulings", "promised_at")
