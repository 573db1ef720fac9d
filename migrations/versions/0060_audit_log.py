"""Keep one log of every act that is only added to, and take over what was kept of acts before.

Revision: 0060, after 0059
"""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

REFUSING = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_log_no_{verb.lower()} BEFORE {verb} ON audit_log"
        " BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE FUNCTION audit_log_only_added_to() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the audit log is only added to'; END $$",
        "CREATE TRIGGER audit_log_no_change BEFORE UPDATE OR DELETE ON audit_log"
        " FOR EACH ROW EXECUTE FUNCTION audit_log_only_added_to()",
        "CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_log_only_added_to()",
    ),
}
BY = "CASE WHEN {who} IS NULL THEN 'command_line' ELSE 'staff' END"
# Each: when, act, role, who, shop, claim, whom, about, became.
KEPT = (
    """SELECT e.at, e.action, e.role, e.reviewer_id, c.shop, c.reference, NULL, '', e.after, e.id
       FROM claim_events e JOIN claims c ON c.id = e.claim_id""",
    """SELECT e.at, CASE WHEN e.deed IN ('begin', 'upload') THEN 'begin_draft'
       WHEN e.deed IN ('publish', 'withdraw') THEN e.deed || '_version'
       WHEN e.deed = 'discard' THEN 'discard_draft' ELSE 'change_draft' END, 'staff', e.by_id, v.shop, NULL, NULL, v.in_force, NULL, e.id
       FROM policy_events e JOIN policy_versions v ON v.id = e.policy_version_id""",
    f"""SELECT at, CASE WHEN given THEN 'give_right' ELSE 'take_right' END, {BY.format(who="by_id")},
       by_id, shop, NULL, reviewer_id, what, NULL, id FROM right_changes""",
    f"""SELECT at, CASE WHEN action = 'set' THEN 'set_rail' ELSE 'end_rail' END, {BY.format(who="by_id")},
       by_id, shop, NULL, NULL, rail, NULL, id FROM rail_changes""",
    """SELECT at, CASE WHEN stopped THEN 'stop_owed' ELSE 'resume_owed' END, 'staff',
       reviewer_id, shop, NULL, NULL, '', NULL, id FROM owed_switches""",
    """SELECT made_at, 'make_run', 'staff', made_by_id, shop, NULL, NULL, key, NULL, id FROM payout_runs""",
    """SELECT released_at, 'release_run', 'staff', released_by_id, shop, NULL, NULL, key, NULL, id
       FROM payout_runs WHERE released_at IS NOT NULL""",
    f"""SELECT made_at, 'make_key', {BY.format(who="made_by_id")}, made_by_id, shop, NULL, NULL, kid, NULL, id
       FROM handoff_keys""",
    f"""SELECT revoked_at, 'end_key', {BY.format(who="revoked_by_id")}, revoked_by_id, shop, NULL, NULL, kid,
       NULL, id FROM handoff_keys WHERE revoked_at IS NOT NULL""",
    """SELECT began_at, 'sign_in', 'staff', reviewer_id, '*', NULL, NULL, '', NULL, id FROM sign_ins""",
)
COLUMNS = "at, act, role, who_id, shop, claim, whom_id, about, became"


def upgrade():
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("who_id", sa.Integer(), nullable=True),
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("claim", sa.String(12), nullable=True),
        sa.Column("whom_id", sa.Integer(), nullable=True),
        sa.Column("about", sa.String(80), nullable=False),
        sa.Column("became", sa.String(30), nullable=True),
        sa.ForeignKeyConstraint(["who_id"], ["reviewers.id"], name="fk_audit_log_who_id_reviewers"),
        sa.ForeignKeyConstraint(["whom_id"], ["reviewers.id"], name="fk_audit_log_whom_id_reviewers"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    # The number of a row of its own table keeps what was done in one second in its order.
    rows = " UNION ALL ".join(KEPT).replace("NULL, NULL,", "NULL, CAST(NULL AS INTEGER),")
    rows = rows.replace("c.reference, NULL,", "c.reference, CAST(NULL AS INTEGER),")
    op.execute(
        f"INSERT INTO audit_log ({COLUMNS}) WITH kept ({COLUMNS}, number) AS ({rows})"
        f" SELECT {COLUMNS} FROM kept ORDER BY at, number"
    )
    op.create_index("ix_audit_log_at", "audit_log", ["at", "id"])
    op.create_index("ix_audit_log_who", "audit_log", ["who_id", "at", "id"])
    for statement in REFUSING[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade():
    op.drop_table("audit_log")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_log_only_added_to()")
