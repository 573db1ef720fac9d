"""Views for reports: what a person or a tool may read from the database, kept stable, without secrets.

Their columns are a public interface (docs/reports.md): one may be added at the end, none renamed,
moved or dropped. A migration that changes a column which a view reads lays the view anew.
"""

from sqlalchemy import DDL, event

from portal.extensions import Base

# A payout that takes its part of what can go back (ledger/payout.py).
COUNTS = (
    "p.claim_id = c.id AND p.state NOT IN ('cancelled', 'reversed')"
    " AND NOT (p.state = 'failed' AND COALESCE(p.failed_kind, '') = 'final')"
)
# The ids of a decision's clauses, the first one first, joined by a comma and a space.
CLAUSES = {
    "sqlite": "(SELECT group_concat(each.value, ', ') FROM json_each(d.document, '$.clauses') each)",
    "postgresql": (
        "(SELECT string_agg(each.id, ', ' ORDER BY each.place) FROM"
        " json_array_elements_text(d.document -> 'clauses') WITH ORDINALITY AS each (id, place))"
    ),
}
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
    # Of one table alone PostgreSQL would let rows be written through the view: it joins another.
    "report_owed": """
        SELECT o.shop, o.order_reference, o.clause, o.amount_minor, o.currency, o.owed_since
          FROM owed o LEFT JOIN owed_shops s ON s.shop = o.shop
         WHERE NOT EXISTS (
               SELECT 1 FROM claims c
                WHERE c.shop = o.shop AND c.order_key = o.order_key
                  AND (c.status NOT IN ('draft', 'withdrawn')
                       OR EXISTS (SELECT 1 FROM payouts p
                                   WHERE p.claim_id = c.id AND p.state <> 'cancelled')))""",
}
_CREATE = {"sqlite": "CREATE VIEW IF NOT EXISTS", "postgresql": "CREATE OR REPLACE VIEW"}


def laid(name: str, dialect: str) -> str:
    """The statement that lays a view on a database of this kind."""
    shown = VIEWS[name].strip().format(clauses=CLAUSES[dialect], counts=COUNTS)
    return f"{_CREATE[dialect]} {name} AS {shown}"


for _name in VIEWS:
    for _dialect in _CREATE:
        event.listen(
            Base.metadata,
            "after_create",
            DDL(laid(_name, _dialect)).execute_if(dialect=_dialect),  # type: ignore[no-untyped-call]
        )
