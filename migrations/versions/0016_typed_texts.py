"""Keep what is typed and not sent yet.

Revision: 0016, after 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "typed_texts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(length=20), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name=op.f("fk_typed_texts_claim_id_claims")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_typed_texts")),
        sa.UniqueConstraint("claim_id", "page", name=op.f("uq_typed_texts_claim_id_page")),
    )


def downgrade():
    op.drop_table("typed_texts")
