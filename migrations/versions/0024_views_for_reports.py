"""Lay the views for reports: claims, payouts, the ledger, mails and events, without secrets.

Revision: 0024, after 0023
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

CLAUSES = {
    "sqlite": "(SELECT group_concat(each.value, ', ') FROM json_each(d.document, '$.clauses') each)",
    "postgresql": "(SELECT string_agg(each.id, ', ' ORDER BY each.place) FROM"
    " json_array_elements_text(d.document -> 'clauses') WITH ORDINALITY AS each (id, place))",
}
COUNTS = (
    "p.claim_id = c.id AND p.state NOT IN ('cancelled', 'reversed')"
    " AND NOT (p.state = 'failed' AND COALESCE(p.failed_kind, '') = 'final')"
)
VIEWS = {
    "report_claims": """
        SELECT c.reference, c.shop, c.status, c.origin, c.reason, c.order_reference, c.outcome,
               {clauses} AS clauses, c.verdict_minor,
               (SELECT CAST(SUM(p.amount_minor) AS BIGINT) FROM payouts p WHERE {counts})
                   AS approved_minor,
               COALESCE((SELECT MAX(p.currency) FROM payouts p WHERE {counts}), c.currency)
                   AS currency,
               c.submitted_at, e.at AS decided_at, COALESCE(r.name, e.role) AS decided_by, c.due_at
          FROM claims c
          LEFT JOIN decisions d
            ON d.id = (SELECT MAX(last.id) FROM decisions last WHERE last.claim_id = c.id)
          LEFT JOIN claim_events e
            ON e.id = (SELECT MAX(last.id) FROM claim_events last
                        WHERE last.claim_id = c.id AND last.action IN
                           ('approve', 'decline', 'lapse', 'uphold', 'uphold_paid', 'uphold_failed',
                            'reopen', 'reverse', 'come_back', 'undo', 'undo_appeal'))
           AND e.action NOT IN ('reopen', 'reverse', 'come_back', 'undo', 'undo_appeal')
          LEFT JOIN reviewers r ON r.id = e.reviewer_id
         WHERE c.status <> 'draft'""",
    "report_payouts": """
        SELECT p.key, c.reference AS claim, c.shop, c.order_reference, p.state, p.rail,
               p.destination, p.amount_minor, p.fee_minor, p.currency, p.approved_at AS created_at,
               p.sent_at, p.settled_at, p.payer_reference AS reference, p.failed_kind
          FROM payouts p JOIN claims c ON c.id = p.claim_id""",
    "report_ledger": """
        SELECT l.id, l.at, p.key AS payout, c.reference AS claim, l.account, l.amount_minor,
               l.currency
          FROM ledger_entries l
          JOIN payouts p ON p.id = l.payout_id
          JOIN claims c ON c.id = p.claim_id""",
    "report_mail": """
        SELECT m.id, c.reference AS claim, m.event, m.state, m.attempts, m.created_at, m.sent_at,
               m.message_id
          FROM outbox m LEFT JOIN claims c ON c.reference = m.about""",
    "report_events": """
        SELECT e.id, c.reference AS claim, e.at, e.action, COALESCE(r.name, e.role) AS who
          FROM claim_events e
          JOIN claims c ON c.id = e.claim_id
          LEFT JOIN reviewers r ON r.id = e.reviewer_id""",
    "report_owed": """
        SELECT o.shop, o.order_reference, o.clause, o.amount_minor, o.currency, o.owed_since
          FROM owed o LEFT JOIN owed_shops s ON s.shop = o.shop""",
}


def upgrade():
    clauses = CLAUSES[op.get_bind().dialect.name]
    for name, shown in VIEWS.items():
        shown = shown.strip().format(clauses=clauses, counts=COUNTS)
        op.execute(f"CREATE VIEW {name} AS {shown}")


def downgrade():
    for name in VIEWS:
        op.execute(f"DROP VIEW {name}")
