"""The personal parts of a claim that has ended: deleted one by one, while what was decided and paid stays."""

import json
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from portal.claims import answering
from portal.claims.desk.acts import BulkLine
from portal.claims.evidence.files import keys_of
from portal.claims.evidence.phone import PhoneLink
from portal.claims.history import Forgotten, Personal
from portal.claims.lifecycle import Action, Actor
from portal.claims.models import Claim, StoredDecision
from portal.claims.payout.payee import forget_payee
from portal.claims.verbs.codes import OneTimeCode
from portal.events.models import FeedEvent
from portal.extensions import db
from portal.ledger.settlings import SettlingLine
from portal.mail.models import MailState, OutboxMail
from portal.webhooks.models import DeliveryState, WebhookDelivery

BLANK = "…"  # in the place of what somebody wrote
ERASED = "erased:"  # how the account of somebody begins whose address is deleted


def delete_parts(
    claim: Claim, parts: Collection[Personal], *, at: datetime, holder: str = ""
) -> list[str]:
    """Delete these parts of a claim under its lock; the keys of files to delete after the commit.

    ``holder`` stands for its address and account from now on. The claim's event and the audit log say
    which parts went, and its version is renewed.
    """
    keys: list[str] = []
    if Personal.FILES in parts:
        keys = _delete_files(claim)
    if Personal.PAYEE in parts:
        forget_payee(claim)
    if Personal.TEXTS in parts:
        _blank_texts(claim)
    if Personal.HOLDER in parts:
        _rename(claim, holder)
    for part in parts:
        db.session.merge(Forgotten(claim_id=claim.id, part=part, at=at))
    data = {"parts": sorted(str(part) for part in parts)}
    claim.move(Action.ERASE, role=Actor.POLICY, at=at, data=data)
    return keys


def _delete_files(claim: Claim) -> list[str]:
    """Take all files off, identity documents among them."""
    keys = [
        key
        for file in claim.evidence
        for key in keys_of(file.original_key, file.views, file.originals)
    ]
    for file in list(claim.evidence):
        claim.evidence.remove(file)
        db.session.delete(file)
    claim.identity_until = None
    db.session.execute(delete(PhoneLink).where(PhoneLink.claim_id == claim.id))
    return keys


def _blank_texts(claim: Claim) -> None:
    """Take away what its owner and colleagues wrote, and the mails that repeat it.

    A service that the records name too is no text of a person.
    """
    if not _in_records(claim, claim.service_name):
        claim.service_name = BLANK if claim.service_name else None
    claim.description = claim.appeal_text = None
    if claim.identity:
        claim.identity = claim.identity | {"purpose": BLANK}
    answering.forget(claim)
    for event in claim.events:
        event.note, event.internal = event.note and BLANK, event.internal and BLANK
        if "file" in event.data:
            event.data = event.data | {"file": BLANK}
    for ruling in claim.rulings:
        ruling.customer_text = ruling.customer_text and BLANK
        ruling.internal_note = ruling.internal_note and BLANK
        ruling.override_reason = ruling.override_reason and BLANK
    for payout in claim.payouts:
        payout.failed_reason = None
        payout.held = [
            each | {name: BLANK for name in ("text", "reason") if name in each}
            for each in payout.held
        ]
    for decision in claim.decisions:
        _blank_said(claim, decision)
    db.session.execute(update(BulkLine).where(BulkLine.claim_id == claim.id).values(why=None))
    db.session.execute(
        update(SettlingLine).where(SettlingLine.claim == claim.reference).values(detail="", why="")
    )
    gone = OutboxMail.about == claim.reference, OutboxMail.state != MailState.WAITING
    db.session.execute(delete(OutboxMail).where(*gone))
    db.session.execute(delete(OneTimeCode).where(OneTimeCode.claim_id == claim.id))


def _in_records(claim: Claim, service: str | None) -> bool:
    return (service or "").casefold() == (claim.service or "").casefold()


def _blank_said(claim: Claim, decision: StoredDecision) -> None:
    """Take what its owner wrote by then out of a decision, there alone: the same words may stand for a fact."""
    said = decision.case["claim"]
    gone = {name for name in ("description", "service_name") if said.get(name)}
    if _in_records(claim, said.get("service_name")):
        gone.discard("service_name")
    decision.case = decision.case | {"claim": said | dict.fromkeys(gone, BLANK)}
    paths = {f"claim.{name}" for name in gone}
    trace = [
        step | {"facts": [
            each | {"value": BLANK} if each["fact"] in paths and each.get("value") else each
            for each in step["facts"]
        ]}
        for step in decision.document["trace"]
    ]  # fmt: skip
    decision.document = decision.document | {"trace": trace}


def _rename(claim: Claim, holder: str) -> None:
    """Have it be of ``holder``, wherever the address or the shop's own id of the account stood."""
    number = (claim.facts.get("account") or {}).get("id")
    names = {str(name): holder for name in (claim.email, claim.account_id, number) if name}
    claim.email, claim.account_id = None, holder
    _replace(claim, names)
    told = FeedEvent.about == claim.reference, FeedEvent.shop == claim.shop
    for each in db.session.scalars(select(FeedEvent).where(*told)):
        each.data = replaced(each.data, names)
    about = WebhookDelivery.about == claim.reference
    ended = WebhookDelivery.state != DeliveryState.WAITING
    db.session.execute(delete(WebhookDelivery).where(about, ended))
    for call in db.session.scalars(select(WebhookDelivery).where(about)):
        body = replaced(json.loads(call.body), names)
        call.body = json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _replace(claim: Claim, texts: Mapping[str, str]) -> None:
    """Replace these texts in whatever is kept of the claim as data."""
    if not texts:
        return
    claim.facts = replaced(claim.facts, texts)
    claim.findings = replaced(claim.findings, texts)
    for event in claim.events:
        event.data = replaced(event.data, texts)
    for decision in claim.decisions:
        decision.case = replaced(decision.case, texts)
        decision.document = replaced(decision.document, texts)


def replaced(value: Any, texts: Mapping[str, str]) -> Any:
    """The same JSON where each of these texts is another, alone or as a word of one.

    An order's number stays, though a shop may number an account alike; an address is taken out of it too.
    """
    if isinstance(value, dict):
        plain = {text: instead for text, instead in texts.items() if "@" in text}
        numbers = _ORDER | {"value"} if value.get("fact") in _ORDER_FACTS else _ORDER
        return {
            name: replaced(each, plain if name in numbers else texts)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [replaced(each, texts) for each in value]
    if not isinstance(value, str):
        return value
    if value in texts:
        return texts[value]
    for text, instead in texts.items():
        if len(text) >= _PART and text in value:
            value = instead.join(re.split(rf"(?<!\w){re.escape(text)}(?!\w)", value))
    return value


_ORDER = frozenset({"reference", "order_reference"})  # where an order's number stands
_ORDER_FACTS = frozenset({"order.reference", "claim.order_reference"})
_PART = 6  # signs of a text that is looked for within others: a shorter one is found by chance
