"""Leave out of report_owed what somebody claims by now.

Revision: 0030, after 0029
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

BEFORE = """SELECT o.shop, o.order_reference, o.clause, o.amount_minor, o.currency, o.owed_since
          FROM owed o LEFT JOIN owed_shops s ON s.shop = o.shop"""
AFTER = """SELECT o.shop, o.order_reference, o.clause, o.amount_minor, o.currency, o.owed_since
          FROM owed o LEFT JOIN owed_shops s ON s.shop = o.shop
         WHERE NOT EXISTS (
               SELECT 1 FROM claims c
                WHERE c.shop = o.shop AND c.order_key = o.order_key
                  AND (c.status NOT IN ('draft', 'withdrawn')
                       OR EXISTS (SELECT 1 FROM payouts p
                                   WHERE p.claim_id = c.id AND p.state <> 'cancelled')))"""


def upgrade():
    op.execute("DROP VIEW report_owed")
    op.execute(f"CREATE VIEW report_owed AS {AFTER}")


def downgrade():
    op.execute("DROP VIEW report_owed")
    op.execute(f"CREATE VIEW report_owed AS {BEFORE}")
