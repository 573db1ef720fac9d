"""Have the clocks of claims ring that waited before clocks did: their pages promise it.

Revision: 0069, after 0068

In parts of PART claims, so that the memory it takes doesn't grow with their number. Of a refusal whose
time to appeal is over nothing was promised.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

PART = 200
QUARTER = 4
CLAIMS = sa.table(
    "claims",
    *(sa.column(name, sa.DateTime(timezone=True)) for name in
      ("due_at", "appeal_until", "rings_at", "review_warn_at", "submitted_at")),
    sa.column("id", sa.Integer), sa.column("status", sa.String), sa.column("clock", sa.String),
    sa.column("findings", sa.JSON),
)  # fmt: skip
EVENTS = sa.table(
    "claim_events",
    sa.column("id", sa.Integer), sa.column("claim_id", sa.Integer), sa.column("action", sa.String),
    sa.column("at", sa.DateTime(timezone=True)), sa.column("data", sa.JSON),
)  # fmt: skip
DECISIONS = sa.table(
    "decisions",
    sa.column("id", sa.Integer), sa.column("claim_id", sa.Integer), sa.column("document", sa.JSON),
)  # fmt: skip
OFFERS = sa.table(
    "replacements",
    sa.column("id", sa.Integer), sa.column("claim_id", sa.Integer), sa.column("state", sa.String),
)  # fmt: skip
# What a payment's clock doesn't run from.
ASIDE = {"reveal", "look_at_access", "assign", "note", "warn", "run_late", "forget_identity"}
STATED = {"rectify_by", "review_due"}


def upgrade():
    bind, after = op.get_bind(), 0
    now = datetime.now(UTC)
    while found := bind.execute(_part(after)).all():
        _wind(bind, found, now)
        after = found[-1].id


def downgrade():
    pass


def _part(after):
    claims = CLAIMS.c
    waits = sa.or_(
        sa.and_(claims.status == "in_review", claims.clock == "stated", claims.due_at.is_not(None)),
        sa.and_(claims.status == "approved", claims.due_at.is_not(None)),
        sa.and_(claims.status == "declined", claims.appeal_until.is_not(None)),
    )
    found = sa.select(CLAIMS).where(claims.id > after, claims.rings_at.is_(None), waits)
    return found.order_by(claims.id).limit(PART)


def _wind(bind, found, now):
    numbers = [claim.id for claim in found]
    events = _by_claim(bind, EVENTS, numbers)
    decisions = _by_claim(bind, DECISIONS, numbers)
    offers = _by_claim(bind, OFFERS, numbers)
    for claim in found:
        if claim.status == "declined":
            values = _appeal(claim, now)
        elif claim.status == "in_review":
            values = _review(claim, events.get(claim.id, ()), decisions.get(claim.id, ()))
        else:
            values = _payment(claim, events.get(claim.id, ()), offers.get(claim.id, ()))
        if values:
            bind.execute(sa.update(CLAIMS).where(CLAIMS.c.id == claim.id).values(values))


def _by_claim(bind, table, numbers):
    rows = {}
    of_these = sa.select(table).where(table.c.claim_id.in_(numbers)).order_by(table.c.id)
    for row in bind.execute(of_these):
        rows.setdefault(row.claim_id, []).append(row)
    return rows


def _appeal(claim, now):
    until = _utc(claim.appeal_until)
    return {"rings_at": _kept(until)} if until > now else {}


def _review(claim, events, decisions):
    stated = decisions[-1].document.get("deadlines") or {} if decisions else {}
    if not STATED & {*stated}:  # a target of the portal's own
        return {}
    given = (claim.findings or {}).get("information_given_at")
    since = datetime.fromisoformat(given) if given else _utc(claim.submitted_at)
    due = _utc(claim.due_at)
    warn = _utc(claim.review_warn_at) or _warning(since, due)
    rings = _rings(due, warn, events)
    return {"rings_at": _kept(rings), "review_warn_at": _kept(warn)} if rings else {}


def _payment(claim, events, offers):
    if offers and offers[-1].state == "offered":  # the step is its owner's
        return {}
    done = [event for event in events if event.action not in ASIDE]
    due = _utc(claim.due_at)
    rings = _rings(due, _warning(_utc(done[-1].at) if done else due, due), events)
    return {"rings_at": _kept(rings)} if rings else {}


def _rings(due, warn, events):
    said = {e.action for e in events if (e.data or {}).get("due") == due.isoformat()}
    if "run_late" in said:
        return None
    return due if "warn" in said else warn


def _warning(since, due):
    return due - max(due - (since or due), due - due) / QUARTER


def _utc(at):
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at and at.astimezone(UTC)


def _kept(at):
    naive = op.get_bind().dialect.name == "sqlite"
    return at.replace(tzinfo=None) if naive else at
