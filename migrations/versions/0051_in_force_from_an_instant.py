"""Let a version be in force from an instant: where it is named, its name is longer than a date's.

Revision: 0051, after 0050
"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

NAMES = (("claims", "policy_version", True), ("clause_counts", "version", False))


def upgrade():
    for table, column, nullable in NAMES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(
                column,
                existing_type=sa.String(10),
                type_=sa.String(20),
                existing_nullable=nullable,
            )
    _change(sa.Date(), sa.String(20), "to_char(in_force, 'YYYY-MM-DD')")


def downgrade():
    # A version from an instant is of its day; what it decided that day is no longer counted.
    op.execute("DELETE FROM clause_counts WHERE length(version) > 10")
    op.execute("UPDATE claims SET policy_version = substr(policy_version, 1, 10)")
    for table, column, nullable in reversed(NAMES):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(
                column,
                existing_type=sa.String(20),
                type_=sa.String(10),
                existing_nullable=nullable,
            )
    op.execute("UPDATE policy_versions SET in_force = '9999-01-01' WHERE in_force = 'at once'")
    op.execute("UPDATE policy_versions SET in_force = substr(in_force, 1, 10)")
    _change(sa.String(20), sa.Date(), "in_force::date")


def _change(old, new, using):
    with op.batch_alter_table("policy_versions", schema=None) as batch_op:
        batch_op.alter_column(
            "in_force",
            existing_type=old,
            type_=new,
            existing_nullable=False,
            postgresql_using=using,
        )
