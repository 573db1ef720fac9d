"""Keep the words by which a claim is found, those of the claims so far among them.

Revision: 0012, after 0011
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CHUNK, WORD, STARTS, PART = 1000, 48, 48, 3


def upgrade():
    word = sa.String(length=48).with_variant(sa.String(length=48, collation="C"), "postgresql")
    op.create_table(
        "claim_words",
        sa.Column("word", word, nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name=op.f("fk_claim_words_claim_id_claims")
        ),
        sa.PrimaryKeyConstraint("word", "claim_id", name=op.f("pk_claim_words")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_claim_words_claim_id", "claim_words", ["claim_id"])
    last = 0
    while claims := _sent_after(last):
        last = claims[-1].id
        rows = [{"word": word, "id": row.id} for row in claims for word in sorted(_words(row))]
        op.get_bind().execute(
            sa.text("INSERT INTO claim_words (word, claim_id) VALUES (:word, :id)"), rows
        )


def downgrade():
    op.drop_table("claim_words")


def _sent_after(last):
    found = sa.text(
        "SELECT id, reference, email, order_reference, service_name, facts FROM claims"
        " WHERE id > :last AND status <> 'draft' ORDER BY id LIMIT :chunk"
    )
    return op.get_bind().execute(found, {"last": last, "chunk": CHUNK}).all()


def _words(row):
    """As claims/searching.py had them at this revision; amounts come when a claim is next decided."""
    facts = json.loads(row.facts) if isinstance(row.facts, str) else row.facts or {}
    order = facts.get("order") or {}
    known = [row.reference, row.order_reference, row.service_name, order.get("service")]
    texts = {"".join(c for c in text.casefold() if c.isalnum()) for text in known if text}
    texts.add("".join((row.email or "").casefold().split()))
    price = order.get("price")
    amounts = {f"{price['amount']}{price['currency']}".casefold()} if price else set()
    return amounts | {
        text[start : start + WORD]
        for text in texts
        for start in range(min(len(text), STARTS))
        if not start or len(text) - start >= PART
    }
