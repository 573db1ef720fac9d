"""Where the customer's story and the shop's records disagree: what a reviewer should see first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal.claims.decisions.returned import paid_at_most

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.claims.models import Claim

NOTHING_CAME = frozenset(
    {"sms_not_received", "no_sms_from_one_service", "message_from_other_sender_only"}
)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One point: what the customer says, and what the records say."""

    point: str
    story: str
    records: str


def disagreements(claim: Claim) -> list[Disagreement]:
    """The points on which the claim's story and the records it was sent with differ; often none."""
    if not claim.order_known:
        what = (
            f"Order {claim.order_reference}" if claim.order_reference else "The account's balance"
        )
        return [Disagreement("Order", what, "Not in the records for this e-mail address")]
    order: dict[str, Any] = claim.facts.get("order") or {}
    return [found for check in CHECKS if (found := check(claim, order))]


def _service(claim: Claim, order: dict[str, Any]) -> Disagreement | None:
    said, known = claim.service_name, order.get("service")
    if not said or not known or said.casefold().strip() == str(known).casefold().strip():
        return None
    return Disagreement("Service", said, str(known))


def _amount(claim: Claim, _order: dict[str, Any]) -> Disagreement | None:
    asked, most = claim.asked, paid_at_most(claim.facts)
    if asked is None or most is None or (asked.currency == most.currency and asked <= most):
        return None
    return Disagreement("Amount", f"Asks for {asked}", f"{most} was paid")


def _messages(claim: Claim, order: dict[str, Any]) -> Disagreement | None:
    came = order.get("messages") or []
    if claim.reason == "message_from_other_sender_only":
        service = str(order.get("service") or "").casefold()
        came = [each for each in came if str(each.get("service") or "").casefold() == service]
    if claim.reason not in NOTHING_CAME or not came:
        return None
    services = ", ".join(sorted({str(each.get("service") or "unnamed") for each in came}))
    count = "1 message" if len(came) == 1 else f"{len(came)} messages"
    return Disagreement("SMS", "No SMS of this service came", f"{count} received: {services}")


def _used(claim: Claim, order: dict[str, Any]) -> Disagreement | None:
    if claim.number_used is not False or not order.get("messages"):
        return None
    return Disagreement("Use", "The number was not used", "Messages came to it")


def _event(
    reason: str, name: str, *, story: str, records: str, happened: bool
) -> Callable[[Claim, dict[str, Any]], Disagreement | None]:
    """A check of one reason against one event: ``happened`` is what contradicts the story."""

    def check(claim: Claim, order: dict[str, Any]) -> Disagreement | None:
        if claim.reason != reason or bool(order.get(name)) is not happened:
            return None
        return Disagreement("Event", story, records)

    return check


def _deleted(claim: Claim, _order: dict[str, Any]) -> Disagreement | None:
    status = (claim.facts.get("account") or {}).get("status") or "active"
    if claim.reason != "account_deletion" or status == "deleted":
        return None
    return Disagreement("Account", "The account was deleted", f"The account is {status}")


def _refunded(_claim: Claim, order: dict[str, Any]) -> Disagreement | None:
    if not order.get("refunded_at"):
        return None
    return Disagreement("Refund", "Asks for the price", "The price was already returned")


CHECKS: tuple[Callable[[Claim, dict[str, Any]], Disagreement | None], ...] = (
    _refunded,
    _messages,
    _service,
    _amount,
    _used,
    _deleted,
    _event("number_unavailable", "unavailable_at", happened=False,
           story="The number could not be given", records="No such event is recorded"),
    _event("cancel_failed", "cancelled_at", happened=True,
           story="Cancelling failed", records="The order was cancelled"),
    _event("rental_outage", "outage_reported_at", happened=False,
           story="The number stopped working", records="No outage was reported"),
)  # fmt: skip
