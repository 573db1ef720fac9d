"""Give another number in place of money states of its own: offered, accepted, delivered, refused.

Revision: 0029, after 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

STATES = ("offered", "accepted", "delivered", "refused", "taken_back")


def upgrade():
    state = sa.Enum(*STATES, name="replacementstate", native_enum=False, length=30)
    op.create_table(
        "replacements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(5), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("order_reference", sa.String(120), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_replacements_claim_id_claims"),
        sa.PrimaryKeyConstraint("id", name="pk_replacements"),
    )
    op.create_index("ix_replacements_state", "replacements", ["state", "answer_by"])
    op.create_index("ix_replacements_claim_id", "replacements", ["claim_id"])
    # Before, who was approved another number was asked nothing: it was taken, and is there or to come.
    op.execute(
        "INSERT INTO replacements (claim_id, state, offered_at, answer_by, answered_at, delivered_at,"
        " order_reference) SELECT claim_id, CASE WHEN state = 'paid' THEN 'delivered' ELSE 'accepted'"
        " END, approved_at, approved_at, approved_at, settled_at, payer_reference FROM payouts"
        " WHERE amount_minor IS NULL AND state IN ('due', 'held', 'failed', 'paid') ORDER BY id"
    )


def downgrade():
    op.drop_table("replacements")
