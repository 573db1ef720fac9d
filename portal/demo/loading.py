"""Puts the demo into the database, once: records by the importer, claims by the verbs."""

import json
from datetime import datetime
from io import BytesIO
from typing import Any

from sqlalchemy import update

from portal.claims.decisions.ownership import CLAIMED
from portal.claims.evidence.files import check_due
from portal.database import transaction
from portal.demo import drafts
from portal.demo.people import ADMIN, hire
from portal.demo.records import ANA, Log, account
from portal.demo.samples import (
    SAMPLES,
    SHOPS,
    STORIES,
    UNCLAIMED,
    DemoSample,
    Story,
    UnclaimedOrder,
)
from portal.demo.telling import Teller
from portal.extensions import db
from portal.mail.models import MailState, OutboxMail
from portal.records.importer import import_file
from portal.records.queries import held_order
from portal.versions.registry import policies

# Accounts in every shop: everybody's, and those on which an exclusion rests.
MARKED: dict[str, dict[str, Any]] = {
    ANA: {},
    "finn@example.com": {"fraud_flag": True},
    "otto@example.com": {"identity_documents": "refused"},
    "bo@example.com": {"status": "blocked", "block_reason": "rule_violation"},
}


def loaded() -> bool:
    """Whether this database has the demo."""
    first = SAMPLES[0]
    return held_order(first.shop, first.reference or "", first.email) is not None


def logs(shop: str) -> list[Log]:
    """Every line of a shop's file: accounts first."""
    told: list[DemoSample | Story | UnclaimedOrder] = [*SAMPLES, *STORIES, *UNCLAIMED]
    rows = [log for each in told if each.shop == shop for log in each.logs]
    given = {log.row["email"] for log in rows if log.row["record"] == "account"}
    holders = {log.row["account_email"] for log in rows if "account_email" in log.row}
    plain = [account(email) for email in sorted(holders - given - MARKED.keys())]
    marked = [account(email, **said) for email, said in MARKED.items() if email not in given]
    return [*plain, *marked, *rows]


def lay_records(*, now: datetime) -> None:
    """Import the demo's records with times counted back from ``now`` (UTC), in the caller's transaction."""
    for shop in sorted(SHOPS):
        lines = [json.dumps(log.written(now)) for log in logs(shop)]
        file = BytesIO("\n".join(lines).encode())
        import_file(shop, file, at=now, claimed=CLAIMED)


def load(*, now: datetime) -> int:
    """Lay the whole demo as of ``now`` (UTC) and give the count of its claims; 0 where it lies already.

    One transaction holds records, people, claims in the order of their times, and a policy's draft. The mails count
    as sent when they were written: none of them leaves, whatever mail server is set. Then evidence
    is checked as the worker would do it.
    """
    if loaded():
        return 0
    known = policies()
    governing = known.governing(drafts.SHOP)
    draft = drafts.written(governing, at=now)
    with transaction():
        lay_records(now=now)
        staff = hire()
        tellers = [Teller(story, known[story.shop], staff, now) for story in STORIES]
        for _, act in sorted(
            (step for teller in tellers for step in teller.steps()), key=lambda step: step[0]
        ):
            act()
        drafts.begin(draft, governing=governing, by=staff[ADMIN], at=now)
        db.session.flush()
        db.session.execute(
            update(OutboxMail).values(
                state=MailState.SENT, sent_at=OutboxMail.created_at, attempts=1
            )
        )
    while check_due(now=now, limit=8):
        pass
    return len(STORIES)
