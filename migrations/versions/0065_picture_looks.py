"""Keep how pictures look, so that nearly the same one is known again; those there already wait for the worker.

Revision: 0065, after 0064
"""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

BANDS = ("band_1", "band_2", "band_3", "band_4")


def upgrade():
    op.create_table(
        "picture_looks",
        sa.Column("evidence_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("look", sa.String(16), nullable=True),
        *(sa.Column(band, sa.Integer(), nullable=True) for band in BANDS),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name="fk_picture_looks_evidence_id_evidence", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("evidence_id", name="pk_picture_looks"),
    )
    for band in BANDS:
        op.create_index(f"ix_picture_looks_{band}", "picture_looks", [band, "evidence_id"])
    unseen = sa.text("look IS NULL")
    op.create_index(
        "ix_picture_looks_unseen", "picture_looks", ["evidence_id"], sqlite_where=unseen, postgresql_where=unseen
    )
    op.execute(
        "INSERT INTO picture_looks (evidence_id) SELECT id FROM evidence WHERE state = 'ready' AND kind = 'screenshot'"
    )


def downgrade():
    op.drop_table("picture_looks")
