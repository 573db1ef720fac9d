"""Prices and amounts of the records with every decimal they have: 0.014 USD is 1.4 cents.

Revision: 0007, after 0006. Going down rounds to whole minor units.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COLUMNS = (
    ("orders", "price_minor", True),
    ("top_ups", "amount_minor", False),
    ("purchases", "amount_minor", False),
)


def upgrade():
    for table, column, nullable in COLUMNS:
        with op.batch_alter_table(table) as batch:
            batch.alter_column(
                column,
                existing_type=sa.BigInteger(),
                type_=sa.String(40),
                existing_nullable=nullable,
                postgresql_using=f"{column}::varchar",
            )


def downgrade():
    for table, column, nullable in COLUMNS:
        if op.get_bind().dialect.name == "sqlite":  # its batch copies the text as it is
            op.execute(f"UPDATE {table} SET {column} = CAST(ROUND({column}) AS INTEGER)")  # noqa: S608
        with op.batch_alter_table(table) as batch:
            batch.alter_column(
                column,
                existing_type=sa.String(40),
                type_=sa.BigInteger(),
                existing_nullable=nullable,
                postgresql_using=f"round({column}::numeric)::bigint",
            )
