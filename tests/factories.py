"""Rows to test with: each builder commits its own and returns it; keywords override any column.

`claim()` alone is about an order that no log knows, so it waits for a person. After `order()` it is
approved by the logs; with a `reason` that needs a person it waits again.
"""

from __future__ import annotations

import itertools
import secrets
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from flask import current_app

from portal import database
from portal.claims import answering
from portal.claims.lifecycle import EvidenceState
from portal.claims.models import Evidence
from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing
from portal.claims.verbs.codes import OneTimeCode
from portal.database import transaction
from portal.email_addresses import email_key, mailbox
from portal.extensions import db
from portal.payouts import paying
from portal.people.reviewers import Reviewer, Role, rights_of
from portal.people.rights import EVERY_SHOP, HeldRight
from portal.records.models import (
    Account,
    Message,
    Order,
    Purchase,
    TopUp,
    reference_key,
)

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)  # a Wednesday
SHOP = "sms-service"
EMAIL = "kim@example.com"
ORDER = "A-1001"

_numbers = itertools.count(1)


@contextmanager
def kept():
    """A transaction of its own, or a part of the one that is open already."""
    if database._connected.get() is None:
        with transaction():
            yield
    else:
        yield
        db.session.flush()


def keep(*rows):
    """Commit rows that a test made by hand; the first is returned."""
    with kept():
        db.session.add_all(rows)
    return rows[0]


def account(**given):
    """An account in good standing whose top-ups and purchases are all known."""
    given = {"shop": SHOP, "email": EMAIL, "top_ups_known": True, "purchases_known": True} | given
    return keep(Account(**given | {"email": given["email"] and email_key(given["email"])}))


def order(*, messages=(), **given):
    """An activation bought an hour ago whose wait ended without an SMS; `messages` are (at, service)."""
    values = {
        "shop": SHOP,
        "reference": ORDER,
        "account_email": EMAIL,
        "kind": "activation",
        "service": "WhatsApp",
        "country": "GB",
        "price_minor": 50,
        "price_currency": "USD",
        "ordered_at": NOW - timedelta(hours=1),
        "expires_at": NOW - timedelta(minutes=40),
        "revealed_at": NOW - timedelta(hours=1),
        "messages_known": True,
    } | given
    values["account_email"] = values["account_email"] and email_key(values["account_email"])
    values.setdefault("reference_key", reference_key(values["reference"]))
    row = keep(Order(**values))
    if messages:
        keep(*(Message(order_id=row.id, received_at=at, service=name) for at, name in messages))
    return row


def top_up(**given):
    """Ten dollars put on the balance yesterday."""
    return keep(
        TopUp(**_balance_row("T", {"method": "card", "at": NOW - timedelta(days=1)} | given))
    )


def purchase(**given):
    """Ten dollars spent from the balance yesterday, on a number that was activated."""
    known = {"activated": True, "refunded": False, "at": NOW - timedelta(days=1)}
    return keep(Purchase(**_balance_row("P", known | given)))


def _balance_row(letter, given):
    return {
        "shop": SHOP,
        "account_email": EMAIL,
        "reference": f"{letter}-{next(_numbers)}",
        "amount_minor": 1000,
        "currency": "USD",
    } | given


def entered_code(claim):
    """A code that was sent to the claim's address and has just been entered."""
    keep(
        OneTimeCode(
            address=mailbox(claim.email), code_hash="", created_at=NOW, expires_at=NOW, used_at=NOW
        )
    )


def draft(
    *,
    shop=SHOP,
    order_reference=ORDER,
    email=EMAIL,
    at=NOW,
    confirmed=True,
    files=1,
    account_id=None,
    **answers,
):
    """A draft ready to be sent: address and terms confirmed, questions answered, one screenshot."""
    answers = {
        "reason": "sms_not_received",
        "service_name": "WhatsApp",
        "description": "I asked for the code twice and nothing came.",
        "number_used": False,
    } | answers
    with kept():
        row = filing.start(shop=shop, order_reference=order_reference, email=email, at=at,
                           account_id=account_id)  # fmt: skip
        answering.answer(row, **answers)
        filing.confirm_terms(row, at=at)
        if confirmed:
            filing.confirm_address(row, at=at)
    for _ in range(files):
        evidence(row, at=at)
    filing.read_logs(row)
    return row


def claim(*, at=NOW, **given):
    """A claim that was sent at `at`: the policy has decided where it stands."""
    row = draft(at=at, **given)
    with kept():
        filing.submit(row, policy=policy(row.shop), at=at)
    return row


def sent(reference, *, at=NOW):
    """The draft of this reference, sent."""
    with kept():
        row = claim_for_change(reference)
        filing.submit(row, policy=policy(row.shop), at=at)
    return row


def released(of, *, at=NOW, **given):
    """The claim whose payout was held until a second person let it go: that was done."""
    with kept():
        row = claim_for_change(of.reference)
        by = reviewer(may_pay=True)
        paying.release(row, row.payouts[-1], reason="Looked at it too.", by=by, at=at,
                       seen=row.version, policy=policy(row.shop), **given)  # fmt: skip
    return row


def evidence(of, *, at=NOW, **given):
    """A screenshot of the claim that was checked; no bytes are stored for it."""
    values = {
        "public_id": secrets.token_urlsafe(16),
        "claim_id": of.id,
        "filename": "screenshot.png",
        "kind": "screenshot",
        "media_kind": "png",
        "size": 2048,
        "state": EvidenceState.READY,
        "added_at": at,
        "due_at": at,
    } | given
    return keep(Evidence(**values))


def reviewer(*, role=Role.REVIEWER, may_pay=False, rights=None, **given):
    """A reviewer, without a password: one who signs in needs more.

    ``rights`` are (shop, right); without them the person may in every shop what comes with the role.
    """
    number = next(_numbers)
    if rights is None:
        rights = {(EVERY_SHOP, right) for right in rights_of(role, may_pay=may_pay)}
    values = {
        "email": f"reviewer{number}@example.com",
        "name": f"Reviewer {number}",
        "fs_uniquifier": secrets.token_hex(16),
        "held": [HeldRight(shop=shop, what=what) for shop, what in sorted(rights)],
    } | given
    return keep(Reviewer(**values))


def policy(shop=SHOP):
    """The shop's policy as the portal loaded it."""
    return current_app.extensions["policies"][shop]
