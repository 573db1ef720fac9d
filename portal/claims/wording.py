"""Facts and fields in plain words, as letters and pages say them to a customer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from portal.mail.letters import moment
from portal.money import Money

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

LONGEST = 200

# A policy's fact -> its name for people. What isn't here is a step of the reckoning, not a fact to show.
FACTS = {
    "account.status": "Account",
    "account.block_reason": "Reason of the block",
    "account.fraud_flag": "Fraud or a complaint on record",
    "account.identity_documents": "Identity documents",
    "order.reference": "Order",
    "order.kind": "Kind of order",
    "order.service": "Service",
    "order.country": "Country",
    "order.price": "Price",
    "order.label": "Marked for",
    "order.ordered_at": "Ordered",
    "order.expires_at": "Waiting time ended",
    "order.revealed_at": "Number shown",
    "order.completed_at": "Completed",
    "order.cancelled_at": "Cancelled",
    "order.cancelled_by": "Cancelled by",
    "order.unavailable_at": "Found unavailable",
    "order.was_orderable": "Was offered for order",
    "order.refunded_at": "Price already returned",
    "order.refunded": "Of it returned",
    "order.restriction_ignored": "Shown restrictions were ignored",
    "order.operational": "Number works",
    "order.paid_from": "Paid from",
    "order.paid_until": "Paid until",
    "order.outage_reported_at": "Outage reported",
    "order.outage_ended_at": "Outage ended",
    "order.disconnected_at": "Disconnected",
    "order.disconnected_by": "Disconnected by",
    "order.disconnect_cause": "Cause of the disconnection",
    "order.fault": "Fault",
    "order.replacement_available": "A replacement is there",
    "order.payment_method_refundable": "Payment method can be refunded",
    "order.messages": "Messages received",
    "order.service_message": "A message of the ordered service came",
    "order.outage_time": "Length of the outage",
    "order.outage_paid_time": "Paid time lost",
    "top_ups": "Top-ups",
    "purchases": "Purchases",
    "balance.refundable": "Balance that can go back",
    "balance.removed_as_old": "Some top-ups are too old",
    "balance.removed_as_used": "Some top-ups are used up",
    "balance.method_refundable": "Payment method can be refunded",
    "claim.reason": "What happened",
    "claim.submitted_at": "Claim sent",
    "claim.service_name": "Service you named",
    "claim.order_reference": "Order you named",
    "claim.destination": "Where the money should go",
    "claim.remedy": "What you asked for",
    "claim.amount": "Amount you asked for",
    "claim.answers.number_used": "You used the number",
    "claim.evidence": "Files you gave",
    "findings.technical_error_verified": "Technical error confirmed by a person",
    "findings.claim_verified": "Claim confirmed by a person",
    "findings.defect_confirmed": "Defect confirmed by a person",
    "findings.rectified_at": "Mended",
    "findings.access_requested_at": "Access asked for",
    "findings.access_granted_at": "Access given",
    "findings.access_refused": "Access refused",
    "findings.information_requested_at": "Information asked for",
    "findings.information_given_at": "Information given",
    "findings.exceptional_payout_verified": "Exceptional payout confirmed by a person",
}

# Facts whose value is a length of time, in seconds.
LENGTHS = frozenset({"order.outage_time", "order.outage_paid_time"})

# A field that the customer must still supply -> what to send.
MISSING = {
    "claim.reason": "What happened",
    "claim.description": "What happened, in your own words",
    "claim.service_name": "Which service the number was for",
    "claim.order_reference": "The order number",
    "claim.amount": "How much you ask for",
    "claim.destination": "Whether the money should go to your balance or be paid out",
    "claim.remedy": "Whether you want the money or another number",
    "claim.payout": "Where the money should go, with all details",
    "claim.payout.method": "How you want to be paid",
    "claim.payout.complete": "All details of where the money should go",
    "claim.answers.number_used": "Whether you used the number",
    "claim.evidence": "A picture or a file that shows what happened",
    "account.email": "The e-mail address of your account",
}

# Where an approved amount goes -> the end of "0.50 USD …".
DESTINATIONS = {
    "balance": "to your balance",
    "original": "to the payment method you used",
    "iban": "to your bank account",
    "card": "to your card",
    "paypal": "to your PayPal account",
    "crypto": "to your crypto address",
    "other": "the way you chose",
}


def missing_words(path: str) -> str:
    """What to send for a missing field; a path we have no words for is told with its last word."""
    return MISSING.get(path) or path.rpartition(".")[2].replace("_", " ").capitalize()


def fact_words(name: str, value: Any, *, zone: ZoneInfo) -> tuple[str, str] | None:
    """A fact as a name and a value, times on the shop's clock; None for what people need not see."""
    label = FACTS.get(name)
    if label is None:
        return None
    if name in LENGTHS and isinstance(value, int | float):
        return label, _length(value)
    if value is None:
        return label, "no" if name.endswith("_at") else "none"
    return label, _value(value, zone)


def _length(seconds: float) -> str:
    days, rest = divmod(int(seconds) // 60, 24 * 60)
    units = ((days, "days"), (rest // 60, "h"), (rest % 60, "min"))
    return " ".join(f"{count} {unit}" for count, unit in units if count) or "0 min"


def _value(value: Any, zone: ZoneInfo) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case {"amount": amount, "currency": currency}:
            return str(Money.exact(amount, currency))
        case list():
            return str(len(value))
        case str():
            return _text(value, zone)
        case _:
            return str(value)


def _text(value: str, zone: ZoneInfo) -> str:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        words = value.replace("_", " ")
        return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
    return moment(at.astimezone(zone)) if at.tzinfo else value
