"""Give payouts a key, states and rails, and keep every money event in a ledger that is only added to.

Revision: 0019, after 0018
"""

import secrets
from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

STATES = ("due", "sent", "paid", "held", "unknown", "failed", "cancelled", "reversed")
RAILS = ("balance", "sepa", "massfile", "original", "manual")
EVENTS = ("approved", "sent", "paid", "fee", "failed", "cancelled", "reversed")
ACCOUNTS = ("refunds", "owed", "transit", "cash", "fees")
# Of what a payout of before was: due, paid, or failed for now.
POSTED = {
    "due": [("approved", "refunds", "owed")],
    "failed": [
        ("approved", "refunds", "owed"),
        ("sent", "owed", "transit"),
        ("failed", "transit", "owed"),
    ],
    "paid": [
        ("approved", "refunds", "owed"),
        ("sent", "owed", "transit"),
        ("paid", "transit", "cash"),
    ],
}
REFUSING = {
    "sqlite": (
        *(
            f"CREATE TRIGGER ledger_entries_no_{verb.lower()} BEFORE {verb} ON ledger_entries"
            " BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END"
            for verb in ("UPDATE", "DELETE")
        ),
    ),
    "postgresql": (
        "CREATE FUNCTION ledger_only_added_to() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the ledger is only added to'; END $$",
        "CREATE TRIGGER ledger_entries_no_change BEFORE UPDATE OR DELETE ON ledger_entries"
        " FOR EACH ROW EXECUTE FUNCTION ledger_only_added_to()",
        "CREATE TRIGGER ledger_entries_no_truncate BEFORE TRUNCATE ON ledger_entries"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger_only_added_to()",
    ),
}


def few(*words, name):
    return sa.Enum(*words, name=name, native_enum=False, length=30)


def key_at(at):
    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    number = int(at.timestamp() * 1000) << 80 | secrets.randbits(80)
    signs = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    return "PO-" + "".join(signs[number >> 5 * place & 31] for place in reversed(range(26)))


def upgrade():
    with op.batch_alter_table("claims", schema=None) as batch_op:
        origin = few("customer", "policy", name="origin")
        batch_op.add_column(
            sa.Column("origin", origin, server_default="customer", nullable=False)
        )
        batch_op.add_column(sa.Column("payee_key", sa.String(64), nullable=True))
        batch_op.create_index("ix_claims_payee_key", ["payee_key", "id"])
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.alter_column("origin", server_default=None)
    op.create_table(
        "rails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("rail", few(*RAILS, name="rail"), nullable=False),
        sa.Column("url", sa.String(500), nullable=True),
        sa.Column("secret_sealed", sa.Text(), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rails"),
        sa.UniqueConstraint("shop", "rail", name="uq_rails_shop_rail"),
    )
    more_payouts()
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payout_id", sa.Integer(), nullable=False),
        sa.Column("event", few(*EVENTS, name="moneyevent"), nullable=False),
        sa.Column("account", few(*ACCOUNTS, name="account"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(5), nullable=False),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["payouts.id"], name="fk_ledger_entries_payout_id_payouts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_entries"),
    )
    op.create_index("ix_ledger_entries_payout_id", "ledger_entries", ["payout_id", "id"])
    post_what_was()
    for statement in REFUSING[op.get_bind().dialect.name]:
        op.execute(statement)


def more_payouts():
    purpose = few("claim", "appeal", "correction", name="purpose")
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("key", sa.String(29), nullable=True))
        batch_op.add_column(
            sa.Column("rail", few(*RAILS, name="rail"), server_default="manual", nullable=False)
        )
        batch_op.add_column(
            sa.Column("fee_minor", sa.BigInteger(), server_default="0", nullable=False)
        )
        kinds = few("fixable", "wait", "final", name="failedkind")
        batch_op.add_column(sa.Column("failed_kind", kinds, nullable=True))
        batch_op.add_column(sa.Column("digest", sa.String(64), nullable=True))
        batch_op.add_column(sa.Column("claim_version", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("held", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("attempts", sa.Integer(), server_default="0", nullable=False))
        batch_op.alter_column("state", type_=few(*STATES, name="payoutstate"))
        batch_op.alter_column("purpose", type_=purpose)
    connection = op.get_bind()
    for row in connection.execute(sa.text("SELECT id, approved_at FROM payouts")).all():
        connection.execute(
            sa.text("UPDATE payouts SET key = :key WHERE id = :id"),
            {"key": key_at(row.approved_at), "id": row.id},
        )
    # Before, a failure was always one that the customer mends or that is tried again.
    op.execute(
        "UPDATE payouts SET failed_kind = CASE WHEN destination = 'payout' AND amount_minor IS NOT NULL"
        " THEN 'fixable' ELSE 'wait' END WHERE state = 'failed'"
    )
    op.execute("UPDATE payouts SET sent_at = settled_at WHERE state = 'paid'")
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.alter_column("key", nullable=False)
        for name in ("rail", "fee_minor", "held", "attempts"):
            batch_op.alter_column(name, server_default=None)
        batch_op.create_unique_constraint("uq_payouts_key", ["key"])
        batch_op.create_index("ix_payouts_next_try_at", ["state", "next_try_at"])


def post_what_was():
    connection = op.get_bind()
    for state, posted in POSTED.items():
        for event, to, of in posted:
            at = "approved_at" if event == "approved" else "COALESCE(settled_at, approved_at)"
            for account, sign in ((to, ""), (of, "-")):
                connection.execute(
                    sa.text(
                        "INSERT INTO ledger_entries"
                        " (at, payout_id, event, account, amount_minor, currency)"
                        f" SELECT {at}, id, :event, :account, {sign}amount_minor, currency"
                        " FROM payouts WHERE state = :state AND amount_minor IS NOT NULL ORDER BY id"
                    ),
                    {"event": event, "account": account, "state": state},
                )


def downgrade():
    connection = op.get_bind()
    op.drop_table("ledger_entries")
    if connection.dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_only_added_to()")
    op.drop_table("rails")
    # Of the states before there were three, and of purposes two.
    op.execute("DELETE FROM payouts WHERE state IN ('cancelled', 'reversed') OR purpose = 'correction'")
    op.execute("UPDATE payouts SET state = 'due' WHERE state IN ('sent', 'held', 'unknown')")
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.drop_index("ix_payouts_next_try_at")
        batch_op.drop_constraint("uq_payouts_key", type_="unique")
        for name in (
            "key", "rail", "fee_minor", "failed_kind", "digest", "claim_version", "held",
            "not_before", "sent_at", "next_try_at", "attempts",
        ):
            batch_op.drop_column(name)
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.drop_index("ix_claims_payee_key")
        batch_op.drop_column("payee_key")
        batch_op.drop_column("origin")
