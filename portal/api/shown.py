"""Claims and payouts as programs read them, and what a 409 shows of how they are now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.claims.decisions.grounds import (
    GroundKind,
    ground_in_force,
    ground_words,
    policys_ground,
)
from portal.claims.letters.links import status_link
from portal.claims.lifecycle import Status
from portal.claims.models import Claim, Evidence
from portal.claims.queries import claim_page
from portal.claims.refusals import AlreadyOpen
from portal.extensions import db
from portal.ledger.payout import Payout
from portal.money import Money
from portal.policy.deciding.decision import as_plain
from portal.policy.facts.claim import IDENTITY
from portal.records.models import Holder
from portal.translation import gettext
from portal.versions.registry import policies

_CLOCKS = ("information_due", "review_target", "review_due", "payout_due", "payout_limit")


def claim_shown(claim: Claim) -> dict[str, Any]:
    """A claim, with its decision, its payouts and its files but for identity documents: no program reads those."""
    return {
        "reference": claim.reference,
        "shop": claim.shop,
        "status": claim.status.value,
        "origin": claim.origin.value,
        "reason": claim.reason,
        "order_reference": claim.order_reference,
        "account": account_shown(claim.holder),
        "language": claim.language,
        "submitted_at": _when(claim.submitted_at),
        "updated_at": _when(claim.moved_at),
        "decision": _decision(claim),
        "ground": _ground(claim),
        "ruling": _ruling(claim),
        "deadlines": {
            name: _when(at) for name in _CLOCKS if (at := getattr(claim, f"{name}_at")) is not None
        },
        "appeal_until": _when(claim.appeal_until),
        "missing": list(claim.missing) if claim.status is Status.NEEDS_INFORMATION else [],
        "payouts": [payout_shown(claim, each) for each in claim.payouts],
        "evidence": [file_shown(each) for each in claim.evidence if each.kind != IDENTITY],
        "url": status_link(claim.reference),
    }


def account_shown(holder: Holder) -> dict[str, Any]:
    """Whose something is: what the shop knows its customer by."""
    return {"email": holder.email, "id": holder.account_id}


def payout_shown(claim: Claim, payout: Payout) -> dict[str, Any]:
    """A payout of a claim; where it goes is masked."""
    outside = payout.destination == "payout"
    return {
        "key": payout.key,
        "claim": claim.reference,
        "shop": claim.shop,
        "order_reference": claim.order_reference,
        "account": account_shown(claim.holder),
        "state": payout.state.value,
        "failed_kind": payout.failed_kind.value if payout.failed_kind else None,
        "detail": payout.failed_reason,
        "held": [cause["text"] for cause in payout.held if "reason" not in cause],
        "rail": payout.rail.value,
        "destination": payout.destination,
        "remedy": payout.remedy,
        "method": claim.payout_method if outside else None,
        "payee": [list(line) for line in claim.payout_masked or []] if outside else [],
        "amount": _money(payout.amount),
        "fee": _money(Money.kept(payout.fee_minor, payout.currency)),
        "created_at": _when(payout.approved_at),
        "sent_at": _when(payout.sent_at),
        "settled_at": _when(payout.settled_at),
        "reference": payout.payer_reference,
    }


def file_shown(file: Evidence) -> dict[str, Any]:
    """A file of a claim, and whether it can be used."""
    return {
        "id": file.public_id,
        "state": file.state.value,
        "filename": file.filename,
        "kind": file.kind,
        "size": file.size,
        "added_at": _when(file.added_at),
        "on_appeal": file.on_appeal,
        "problem": gettext(file.problem) if file.problem else None,
    }


def now_is(error: Exception, parts: Mapping[str, str]) -> dict[str, Any]:
    """What a conflict shows: the claim or the payout as it is now, and which claim is open already."""
    if isinstance(error, AlreadyOpen):
        claim = claim_page(error.reference)
        return {"reference": error.reference, "current": claim_shown(claim) if claim else None}
    if "key" in parts:
        of_key = select(Claim, Payout).join(Claim.payouts).where(Payout.key == parts["key"])
        return {"current": payout_shown(*db.session.execute(of_key).one())}
    if "reference" in parts and (claim := claim_page(parts["reference"])):
        return {"current": claim_shown(claim)}
    return {}


def _decision(claim: Claim) -> dict[str, Any] | None:
    """The policy's latest decision, and whether it denies since the price went back already."""
    if claim.decision is None:
        return None
    returned = policys_ground(claim).kind is GroundKind.RETURNED
    return claim.decision.document | {"already_refunded": returned}


def _ground(claim: Claim) -> dict[str, Any]:
    """On what the outcome rests, in a word and in sentences: ``returned`` is "already refunded"."""
    ground = ground_in_force(claim)
    zone = ZoneInfo(policies()[claim.shop].shop.time_zone)
    said = ground_words(ground, zone=zone, colleague=True)
    return {"kind": ground.kind.value, "clauses": list(ground.clauses), "text": " ".join(said)}


def _ruling(claim: Claim) -> dict[str, Any] | None:
    """What a person decided, where one did."""
    ruling = claim.ruling
    if ruling is None:
        return None
    return {
        "approved": ruling.approved,
        "amount": _money(Money.kept(ruling.amount_minor, _currency(claim))),
        "clause": ruling.clause or None,
        "text": ruling.customer_text,
        "overrides": ruling.override_reason is not None,
        "on_appeal": ruling.on_appeal,
        "at": _when(ruling.at),
    }


def _currency(claim: Claim) -> str | None:
    """Of what a person decided: where nothing names one, what was made due does."""
    return claim.currency or next((payout.currency for payout in reversed(claim.payouts)), None)


def _money(money: Money | None) -> dict[str, str] | None:
    return money.as_json() if money else None


def _when(at: datetime | None) -> str | None:
    found: str | None = as_plain(at)
    return found
