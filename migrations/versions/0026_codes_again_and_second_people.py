"""When a code was last entered in a sign-in, what shops said of a second person, what one let go a day.

Revision: 0026, after 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.add_column(sa.Column("code_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("claim_events", schema=None) as batch_op:
        batch_op.create_index("ix_claim_events_reviewer", ["reviewer_id", "at"], unique=False)
    op.create_table(
        "second_person_switches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.Column("needed", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["reviewers.id"], name=op.f("fk_second_person_switches_by_id_reviewers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_person_switches")),
    )


def downgrade():
    op.drop_table("second_person_switches")
    with op.batch_alter_table("claim_events", schema=None) as batch_op:
        batch_op.drop_index("ix_claim_events_reviewer")
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.drop_column("code_at")
