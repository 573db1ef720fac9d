"""Keep what the queue's views ask: whether a customer answered, whether a second person is wanted, and how many.

Revision: 0057, after 0056
"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

VIEW = sa.Enum("mine", "unassigned", "answered", "denied", name="keptview", native_enum=False, length=30)
LOOSE = "waiting = {true} AND assignee_id IS NULL"
PAYOUTS = sa.table(
    "payouts",
    sa.column("id", sa.Integer),
    sa.column("state", sa.String),
    sa.column("held", sa.JSON),
    sa.column("second", sa.Boolean),
)
# Asked by a person who did nothing since, and the customer gave something after it.
SINCE = """
    FROM claim_events e WHERE e.claim_id = claims.id AND e.reviewer_id IS NOT NULL
    AND e.action NOT IN ('reveal', 'assign', 'note') ORDER BY e.id DESC LIMIT 1"""
ASKED = f"""
    UPDATE claims SET answered = EXISTS (
        SELECT 1 FROM claim_events a WHERE a.claim_id = claims.id
        AND a.action IN ('answer', 'add_evidence', 'change_payout') AND a.id > (SELECT e.id {SINCE}))
    WHERE status IN ('needs_information', 'in_review', 'appealed') AND (SELECT e.action {SINCE}) = 'ask'"""
COUNT = """
    INSERT INTO view_counts (view, who, shop, reason, outcome, count)
    SELECT '{view}', 0, shop, coalesce(reason, ''), coalesce(outcome, ''), count(*) FROM claims
    WHERE waiting AND {holds} GROUP BY shop, coalesce(reason, ''), coalesce(outcome, '')"""
MINE = """
    INSERT INTO view_counts (view, who, shop, reason, outcome, count)
    SELECT 'mine', assignee_id, shop, coalesce(reason, ''), coalesce(outcome, ''), count(*) FROM claims
    WHERE waiting AND assignee_id IS NOT NULL
    GROUP BY assignee_id, shop, coalesce(reason, ''), coalesce(outcome, '')"""
KEPT = {"unassigned": "assignee_id IS NULL", "answered": "answered", "denied": "outcome = 'deny'"}


def upgrade():
    bind = op.get_bind()
    true = "1" if bind.dialect.name == "sqlite" else "true"
    op.add_column("claims", sa.Column("answered", sa.Boolean(), nullable=True))
    op.add_column("payouts", sa.Column("second", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(ASKED)
    op.execute(f"UPDATE claims SET clock = 'stated' WHERE waiting = {true} AND clock IS NULL")
    for number, held in bind.execute(sa.select(PAYOUTS.c.id, PAYOUTS.c.held).where(PAYOUTS.c.state == "held")).all():
        second = any(each["kind"] == "second_person" and "reason" not in each for each in held)
        bind.execute(sa.update(PAYOUTS).where(PAYOUTS.c.id == number).values(second=second))
    loose = sa.text(LOOSE.format(true=true))
    op.create_index(
        "ix_claims_loose", "claims", ["due_at", "id"], sqlite_where=loose, postgresql_where=loose
    )
    op.create_index("ix_claims_answered", "claims", ["answered", "waiting", "due_at", "id"])
    op.create_index("ix_claims_clock", "claims", ["clock", "waiting", "due_at", "id"])
    op.create_index("ix_claims_clock_shop", "claims", ["clock", "waiting", "shop", "due_at", "id"])
    op.create_table(
        "view_counts",
        sa.Column("view", VIEW, nullable=False),
        sa.Column("who", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("view", "who", "shop", "reason", "outcome", name="pk_view_counts"),
    )
    for view, holds in KEPT.items():
        op.execute(COUNT.format(view=view, holds=holds))
    op.execute(MINE)


def downgrade():
    op.drop_table("view_counts")
    for name in ("clock_shop", "clock", "answered", "loose"):
        op.drop_index(f"ix_claims_{name}", "claims")
    op.drop_column("payouts", "second")
    op.drop_column("claims", "answered")
