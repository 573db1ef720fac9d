"""Versions of policies made in the browser, and what the workbench says about them.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "policy_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.Column("in_force", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "checked",
                "published",
                "discarded",
                name="state",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("open_key", sa.String(length=40), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["reviewers.id"], name=op.f("fk_policy_versions_author_id_reviewers")
        ),
        sa.ForeignKeyConstraint(
            ["published_by_id"],
            ["reviewers.id"],
            name=op.f("fk_policy_versions_published_by_id_reviewers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_versions")),
        sa.UniqueConstraint("open_key", name=op.f("uq_policy_versions_open_key")),
    )
    with op.batch_alter_table("policy_versions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_policy_versions_shop", ["shop", "state", "in_force"], unique=False
        )

    op.create_table(
        "policy_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy_version_id", sa.Integer(), nullable=False),
        sa.Column(
            "question",
            sa.Enum("check", "replay", name="question", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clean", sa.Boolean(), nullable=False),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("seen_by_id", sa.Integer(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["reviewers.id"], name=op.f("fk_policy_answers_asked_by_id_reviewers")
        ),
        sa.ForeignKeyConstraint(
            ["policy_version_id"],
            ["policy_versions.id"],
            name=op.f("fk_policy_answers_policy_version_id_policy_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["seen_by_id"], ["reviewers.id"], name=op.f("fk_policy_answers_seen_by_id_reviewers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_answers")),
    )
    with op.batch_alter_table("policy_answers", schema=None) as batch_op:
        batch_op.create_index("ix_policy_answers_due", ["question", "due_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_policy_answers_policy_version_id"), ["policy_version_id"], unique=False
        )


def downgrade():
    with op.batch_alter_table("policy_answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_policy_answers_policy_version_id"))
        batch_op.drop_index("ix_policy_answers_due")

    op.drop_table("policy_answers")
    with op.batch_alter_table("policy_versions", schema=None) as batch_op:
        batch_op.drop_index("ix_policy_versions_shop")

    op.drop_table("policy_versions")
