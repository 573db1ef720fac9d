"""Who did what to a version of a policy, and when.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "policy_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy_version_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column(
            "deed",
            sa.Enum(
                "begin",
                "upload",
                "change clause",
                "change text",
                "change date",
                "explain",
                "ask for the check",
                "ask for the replay",
                "look at the replay",
                "publish",
                "discard",
                name="deed",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["reviewers.id"], name=op.f("fk_policy_events_by_id_reviewers")
        ),
        sa.ForeignKeyConstraint(
            ["policy_version_id"],
            ["policy_versions.id"],
            name=op.f("fk_policy_events_policy_version_id_policy_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_events")),
    )
    with op.batch_alter_table("policy_events", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_policy_events_policy_version_id"), ["policy_version_id"], unique=False
        )


def downgrade():
    with op.batch_alter_table("policy_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_policy_events_policy_version_id"))

    op.drop_table("policy_events")
