"""Keep what each person may do by shop, instead of one role for all shops and a right to pay.

Who had a role holds its rights in every shop. Going back, a right in one shop can't be kept: who
holds none in every shop may do nothing any more and is dismissed, so that nobody gets into a shop in
which they held none. In the others the two roles know no less than deciding: a lead who is no admin
decides only, who only paid decides too, and who was only an admin decides and leads, also after the
way up again. Who gave which right is forgotten.

Revision: 0052, after 0051
"""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

RIGHTS = ("reviewer", "payer", "lead", "admin")


def upgrade():
    what = sa.Enum(*RIGHTS, name="right", native_enum=False, length=30)
    op.create_table(
        "rights",
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("what", what, nullable=False),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewers.id"], name="fk_rights_reviewer_id_reviewers"
        ),
        sa.PrimaryKeyConstraint("reviewer_id", "shop", "what", name="pk_rights"),
    )
    op.create_table(
        "right_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("what", what, nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewers.id"], name="fk_right_changes_reviewer_id_reviewers"
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["reviewers.id"], name="fk_right_changes_by_id_reviewers"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_right_changes"),
    )
    op.create_index("ix_right_changes_reviewer_id", "right_changes", ["reviewer_id", "id"])
    for right, held in (
        ("reviewer", "role = 'reviewer'"),
        ("lead", "role = 'admin'"),
        ("admin", "role = 'admin'"),
        ("payer", "may_pay"),
    ):
        op.execute(
            "INSERT INTO rights (reviewer_id, shop, what)"  # noqa: S608 - the words above
            f" SELECT id, '*', '{right}' FROM reviewers WHERE {held}"
        )
    op.drop_column("reviewers", "may_pay")
    op.drop_column("reviewers", "role")


def downgrade():
    role = sa.Enum("reviewer", "admin", name="role", native_enum=False, length=30)
    op.add_column(
        "reviewers", sa.Column("role", role, nullable=False, server_default="reviewer")
    )
    op.add_column(
        "reviewers", sa.Column("may_pay", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    held = "SELECT reviewer_id FROM rights WHERE shop = '*'"
    op.execute(f"UPDATE reviewers SET role = 'admin' WHERE id IN ({held} AND what = 'admin')")  # noqa: S608
    op.execute(f"UPDATE reviewers SET may_pay = true WHERE id IN ({held} AND what = 'payer')")  # noqa: S608
    op.execute(f"UPDATE reviewers SET active = false WHERE id NOT IN ({held})")  # noqa: S608
    op.drop_table("right_changes")
    op.drop_table("rights")
