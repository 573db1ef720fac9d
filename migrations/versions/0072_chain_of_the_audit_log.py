"""Chain the audit log: each link's digest holds its entry and the digest before it.

What was logged before is linked by the worker.

Revision: 0072, after 0071
"""

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

REFUSING = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_links_no_{verb.lower()} BEFORE {verb} ON audit_links"
        " BEGIN SELECT RAISE(ABORT, 'the chain of the audit log is only added to'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE FUNCTION audit_links_only_added_to() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the chain of the audit log is only added to'; END $$",
        "CREATE TRIGGER audit_links_no_change BEFORE UPDATE OR DELETE ON audit_links"
        " FOR EACH ROW EXECUTE FUNCTION audit_links_only_added_to()",
        "CREATE TRIGGER audit_links_no_truncate BEFORE TRUNCATE ON audit_links"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_links_only_added_to()",
    ),
}


def upgrade():
    op.create_table(
        "audit_links",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_audit_links"),
        sa.UniqueConstraint("entry_id", name="uq_audit_links_entry_id"),
    )
    for statement in REFUSING[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade():
    op.drop_table("audit_links")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_links_only_added_to()")
