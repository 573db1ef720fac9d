"""Keep the links by which a phone adds files to a claim.

Revision: 0045, after 0044
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "phone_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("good_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name=op.f("fk_phone_links_claim_id_claims")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_links")),
    )
    op.create_index(op.f("ix_phone_links_claim_id"), "phone_links", ["claim_id"])
    op.create_index(op.f("ix_phone_links_good_until"), "phone_links", ["good_until"])


def downgrade():
    op.drop_table("phone_links")
