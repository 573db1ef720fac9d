"""Keep which service and country a claim is about, and the bursts of claims about them.

Revision: 0073, after 0072
"""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

BY = ["shop", "service", "country", "submitted_at", "id"]
# What a claim was decided by; of what nobody claimed nothing is kept.
FILL = {
    "sqlite": """
        UPDATE claims SET service = json_extract(facts, '$.order.service'),
                          country = json_extract(facts, '$.order.country')
        WHERE origin <> 'policy' AND json_extract(facts, '$.order') IS NOT NULL""",
    "postgresql": """
        UPDATE claims SET service = facts #>> '{order,service}', country = facts #>> '{order,country}'
        WHERE origin <> 'policy' AND facts #> '{order}' IS NOT NULL""",
}


def upgrade():
    op.add_column("claims", sa.Column("service", sa.String(120), nullable=True))
    op.add_column("claims", sa.Column("country", sa.String(60), nullable=True))
    op.execute(sa.text(FILL[op.get_bind().dialect.name]))
    op.create_index("ix_claims_burst", "claims", BY)
    waits = sa.text("waiting = true" if op.get_bind().dialect.name == "postgresql" else "waiting = 1")
    op.create_index(
        "ix_claims_burst_waiting", "claims", BY, sqlite_where=waits, postgresql_where=waits
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(40), nullable=False),
        sa.Column("service", sa.String(120), nullable=False),
        sa.Column("country", sa.String(60), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
    )
    op.create_index("ix_incidents_about", "incidents", ["shop", "service", "country", "last_at"])
    op.create_index("ix_incidents_last_at", "incidents", ["last_at", "id"])


def downgrade():
    op.drop_table("incidents")
    op.drop_index("ix_claims_burst_waiting", "claims")
    op.drop_index("ix_claims_burst", "claims")
    op.drop_column("claims", "country")
    op.drop_column("claims", "service")
