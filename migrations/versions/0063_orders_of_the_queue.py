"""Keep what the queue is put in order by, and an index for each of its orders.

Revision: 0063, after 0062
"""

import sqlalchemy as sa
from alembic import op

from portal.money import Money

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

AT_ONCE = 5_000
WAITS = "waiting = {true}"
PLACES = {
    "decide": ([], WAITS, ""),
    "mine": (["assignee_id"], f"{WAITS} AND assignee_id IS NOT NULL", ""),
    "unassigned": ([], f"{WAITS} AND assignee_id IS NULL", ""),
    "answered": ([], f"{WAITS} AND answered = {{true}}", ""),
    "denied": (["outcome"], WAITS, ""),
    "held": ([], "held > 0", "due"),
    "second": ([], "held = 2", "due"),
    "all": ([], "submitted_at IS NOT NULL", "status"),
    "status": (["status"], None, ""),
}
KEYS = {
    "sent": [],
    "reason": ["reason"],
    "amount": ["stake"],
    "verdict": ["outcome"],
    "due": ["due_at"],
    "status": ["status"],
}
WITHOUT = {("all", "sent"), ("status", "sent"), ("denied", "verdict")}
HELD = """
    UPDATE claims SET held = (SELECT max(CASE WHEN second THEN 2 ELSE 1 END) FROM payouts
                              WHERE claim_id = claims.id AND state = 'held')
    WHERE id IN (SELECT claim_id FROM payouts WHERE state = 'held')"""
CLAIMS = sa.table(
    "claims",
    sa.column("id", sa.Integer),
    sa.column("asked_minor", sa.BigInteger),
    sa.column("verdict_minor", sa.BigInteger),
    sa.column("currency", sa.String),
    sa.column("facts", sa.JSON),
    sa.column("stake", sa.String),
)


def indexes():
    for place, (lead, where, more) in PLACES.items():
        for order in ("sent", "reason", "amount", "verdict", more):
            if order and (place, order) not in WITHOUT:
                yield f"ix_claims_{place}_{order}", [*lead, *KEYS[order], "id"], where


def stake(asked, verdict, currency, facts):
    minor = asked if verdict is None else verdict
    if minor is not None and currency:
        return f"{currency} {minor:018d}"
    price = (facts or {}).get("order", {}).get("price")
    if not price:
        return ""
    paid = Money.exact(**price).rounded()
    return f"{paid.currency} {paid.whole:018d}"


def keep_stakes(bind):
    last, columns = 0, [CLAIMS.c[each] for each in ("id", "asked_minor", "verdict_minor", "currency", "facts")]
    put = sa.update(CLAIMS).where(CLAIMS.c.id == sa.bindparam("of")).values(stake=sa.bindparam("known"))
    while True:
        page = sa.select(*columns).where(CLAIMS.c.id > last).order_by(CLAIMS.c.id).limit(AT_ONCE)
        rows = bind.execute(page).all()
        if not rows:
            return
        last = rows[-1][0]
        if known := [{"of": number, "known": text} for number, *of in rows if (text := stake(*of))]:
            bind.execute(put, known)


def upgrade():
    bind = op.get_bind()
    true = "1" if bind.dialect.name == "sqlite" else "true"
    kept = sa.String(30, collation="C" if bind.dialect.name == "postgresql" else None)
    op.add_column("claims", sa.Column("stake", kept, nullable=False, server_default=""))
    op.add_column("claims", sa.Column("held", sa.SmallInteger(), nullable=False, server_default="0"))
    keep_stakes(bind)
    op.execute(HELD)
    for name, columns, where in indexes():
        only = None if where is None else sa.text(where.format(true=true))
        op.create_index(name, "claims", columns, sqlite_where=only, postgresql_where=only)


def downgrade():
    for name, _, _ in indexes():
        op.drop_index(name, "claims")
    op.drop_column("claims", "held")
    op.drop_column("claims", "stake")
