"""Call each event of a shop's feed to the addresses that want it, and tell admins what could not be called.

Revision: 0037, after 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

NAME = "webhook"
TYPES = (
    *(f"claim.{each}" for each in ("submitted", "needs_information", "in_review", "approved",
                                   "declined", "appealed", "closed", "withdrawn")),
    *(f"payout.{each}" for each in ("due", "sent", "paid", "failed", "unknown", "held")),
    "order.owed", "file.ready", "file.refused",
)  # fmt: skip


def words(name, *each):
    return sa.Enum(*each, name=name, native_enum=False, length=30)


def when(name, *, nullable=True):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade():
    states = words("endpointstate", "active", "paused", "parked", "removed")
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(29), nullable=False),
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("secret_sealed", sa.Text(), nullable=True),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("state", states, nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        when("failing_since"),
        when("told_at"),
        when("added_at", nullable=False),
        when("moved_at", nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["reviewers.id"], name="fk_webhook_endpoints_by_id_reviewers"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
        sa.UniqueConstraint("key", name="uq_webhook_endpoints_key"),
    )
    op.create_index("ix_webhook_endpoints_shop", "webhook_endpoints", ["shop", "id"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("endpoint_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(29), nullable=False),
        sa.Column("type", words("eventtype", *TYPES), nullable=False),
        sa.Column("about", sa.String(80), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", words("deliverystate", "waiting", "delivered", "parked"), nullable=False),
        when("lined_at", nullable=False),
        when("due_at"),
        when("ended_at"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tries", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoints.id"],
            name="fk_webhook_deliveries_endpoint_id_webhook_endpoints",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
        sa.UniqueConstraint(
            "endpoint_id", "event", name="uq_webhook_deliveries_endpoint_id_event"
        ),
    )
    for name, columns in (
        ("due", ["endpoint_id", "due_at"]),
        ("about", ["endpoint_id", "about", "state"]),
        ("log", ["endpoint_id", "id"]),
        ("ended_at", ["ended_at"]),
    ):
        op.create_index(f"ix_webhook_deliveries_{name}", "webhook_deliveries", columns)
    _choose(lambda news: [*news, NAME])


def downgrade():
    _choose(lambda news: [each for each in news if each != NAME])
    op.drop_table("webhook_deliveries")
    op.drop_table("webhook_endpoints")


def _choose(change):
    """Whoever works here is told unless they choose otherwise, as of everything else."""
    people = sa.table("reviewers", sa.column("id", sa.Integer), sa.column("told_of", sa.JSON))
    bind = op.get_bind()
    for number, news in bind.execute(sa.select(people.c.id, people.c.told_of)).all():
        bind.execute(
            people.update().where(people.c.id == number).values(told_of=change(news or []))
        )
