"""Until when a code or link in a mail works, so that each mail is tried as long as it is of use.

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("outbox", sa.Column("good_until", sa.DateTime(timezone=True), nullable=True))
    # Codes of before were good for minutes: none is sent, tried or kept any more.
    op.execute("UPDATE outbox SET good_until = created_at WHERE event = 'sign_in_code'")


def downgrade():
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("good_until")
