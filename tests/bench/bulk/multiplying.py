"""A filled database made many times as large by the database itself: the rows that lists read, under names of their own.

python -m tests.bench.bulk.multiplying CLAIMS    until there are about so many in the database of the settings

Copied are claims, their files and their rulings, which the queue's pages read; decisions, events, words for
searching and payouts are not. Then a part of what waits is put into one person's hands, answered or held,
so that each view of the work has a full page at least.
"""

from __future__ import annotations

import sys

from sqlalchemy import func, select, text

from portal.app import create_app
from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import Base, db

COPIED = {"claims": "id", "evidence": "claim_id", "rulings": "claim_id"}
COUNTED = ("claim_counts", "clause_counts", "group_counts")
SHARE, FULL = 20, 40  # every twentieth claim that waits, or as many as fill a page
SIGNS = "!#$%&()*+,./:;<=>?@[]^_{|}~abcdefghijklmnopqrstuvwxyz"  # no reference of a claim has one
RECOUNT = """
    INSERT INTO view_counts (view, who, shop, reason, outcome, count)
    SELECT {view}, {who}, shop, coalesce(reason, ''), coalesce(outcome, ''), count(*) FROM claims
    WHERE waiting = {true} AND {where} GROUP BY 1, 2, 3, 4, 5"""
VIEWS = (
    ("'mine'", "assignee_id", "assignee_id IS NOT NULL"),
    ("'unassigned'", "0", "assignee_id IS NULL"),
    ("'answered'", "0", "answered = {true}"),
    ("'denied'", "0", "outcome = 'deny'"),
)


def multiply(claims):
    """Copy what is there until about so many claims are; indexes are laid anew at the end."""
    known = db.session.scalar(select(func.max(Claim.id)))
    db.session.remove()  # so that nothing of it stands in the way of the indexes
    times = max(1, round(claims / known))
    tables = [Base.metadata.tables[name] for name in COPIED]
    loose = [each for table in tables for each in table.indexes if not each.unique]
    for index in loose:
        index.drop(db.engine, checkfirst=True)
    for number in range(1, times):
        with transaction():
            for table in tables:
                db.session.execute(text(_copy(table, number, known)))
    for table in COUNTED:
        with transaction():
            db.session.execute(text(f"UPDATE {table} SET count = count * {times}"))
    spread()
    for index in loose:
        index.create(db.engine, checkfirst=True)


def spread():
    """Put a part of what waits into the first person's hands, others answered or held, and count anew."""
    true = "1" if db.engine.dialect.name == "sqlite" else "true"
    waiting = db.session.scalar(select(func.count()).where(Claim.waiting))
    db.session.remove()
    each = max(3, min(SHARE, waiting // FULL))
    with transaction():
        for put, where in (
            ("assignee_id = NULL, answered = NULL", "waiting = {true}"),
            ("assignee_id = (SELECT min(id) FROM reviewers)", f"waiting = {{true}} AND id % {each} = 0"),
            ("answered = {true}", f"waiting = {{true}} AND id % {each} = 1"),
            ("held = 1 + id % 2", "status = 'approved'"),
        ):  # fmt: skip
            db.session.execute(text(f"UPDATE claims SET {put} WHERE {where}".format(true=true)))
        db.session.execute(text("DELETE FROM view_counts"))
        for view, who, where in VIEWS:
            asked = RECOUNT.format(view=view, who=who, true=true, where=where.format(true=true))
            db.session.execute(text(asked))
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if true == "true":
            connection.execute(text("VACUUM ANALYZE"))


def _copy(rows, number, known):
    table, sign = rows.name, SIGNS[number]
    claim, names = COPIED[table], rows.columns.keys()
    own = {
        claim: f"{claim} + {number * known}",
        "reference": f"replace(reference, '-', '{sign}')",
        "open_key": f"open_key || '{sign}'",
        "public_id": f"substr(public_id, 1, 22) || '{sign}'",
    }
    if table != "claims":
        own["id"] = f"id + {number} * (SELECT max(id) FROM {table} WHERE claim_id <= {known})"
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(own.get(name, f'"{name}"') for name in names)
    return f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE {claim} <= {known}"


if __name__ == "__main__":
    with create_app().app_context():
        multiply(int(sys.argv[1]))
