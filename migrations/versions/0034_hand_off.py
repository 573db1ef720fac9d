"""Keys by which shops hand their customers over, and the tokens that were used.

Revision: 0034, after 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "handoff_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kid", sa.String(length=40), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.Column("secret_sealed", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("revoked_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["reviewers.id"], name=op.f("fk_handoff_keys_made_by_id_reviewers")
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by_id"],
            ["reviewers.id"],
            name=op.f("fk_handoff_keys_revoked_by_id_reviewers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoff_keys")),
        sa.UniqueConstraint("kid", name=op.f("uq_handoff_keys_kid")),
    )
    op.create_index("ix_handoff_keys_shop", "handoff_keys", ["shop"])
    op.create_table(
        "handoff_uses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.Column("kid", sa.String(length=40), nullable=False),
        sa.Column("jti", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("good_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoff_uses")),
        sa.UniqueConstraint("public_id", name=op.f("uq_handoff_uses_public_id")),
        sa.UniqueConstraint("kid", "jti", name=op.f("uq_handoff_uses_kid_jti")),
    )
    op.create_index("ix_handoff_uses_good_until", "handoff_uses", ["good_until"])


def downgrade():
    op.drop_index("ix_handoff_uses_good_until", "handoff_uses")
    op.drop_table("handoff_uses")
    op.drop_index("ix_handoff_keys_shop", "handoff_keys")
    op.drop_table("handoff_keys")
