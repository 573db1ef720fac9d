"""Tell a shop's own systems what happens: a feed, and when what it tells of came to be so.

Revision: 0032, after 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

TYPES = (
    *(f"claim.{each}" for each in ("submitted", "needs_information", "in_review", "approved",
                                   "declined", "appealed", "closed", "withdrawn")),
    *(f"payout.{each}" for each in ("due", "sent", "paid", "failed", "unknown", "held")),
    "order.owed", "file.ready", "file.refused",
)  # fmt: skip


def upgrade():
    kind = sa.Enum(*TYPES, name="eventtype", native_enum=False, length=30)
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(29), nullable=False),
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("type", kind, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("about", sa.String(80), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("key", name="uq_events_key"),
    )
    op.create_index("ix_events_shop_id", "events", ["shop", "id"])
    op.add_column("payouts", sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("evidence", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column("evidence", "checked_at")
    op.drop_column("payouts", "moved_at")
    op.drop_table("events")
