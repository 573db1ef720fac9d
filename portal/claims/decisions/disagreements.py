"""Where the customer's story and the shop's records disagree: what a reviewer should see first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.claims.decisions.returned import paid_at_most
from portal.claims.models import Claim
from portal.translation import gettext, lazy_gettext, ngettext

_Sides = tuple[str, str]  # what the customer says, and what the records say
_Check = Callable[[Claim, dict[str, Any]], _Sides | None]

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
        what = gettext("The account's balance")
        if claim.order_reference:
            what = gettext("Order %(order)s", order=claim.order_reference)
        nothing = gettext("Not in the records for this e-mail address")
        return [Disagreement(gettext("Order"), what, nothing)]
    order: dict[str, Any] = claim.facts.get("order") or {}
    return [Disagreement(point, *said) for point, check in CHECKS if (said := check(claim, order))]


def _service(claim: Claim, order: dict[str, Any]) -> _Sides | None:
    said, known = claim.service_name, order.get("service")
    if not said or not known or said.casefold().strip() == str(known).casefold().strip():
        return None
    return said, str(known)


def _amount(claim: Claim, _order: dict[str, Any]) -> _Sides | None:
    asked, most = claim.asked, paid_at_most(claim.facts)
    if asked is None or most is None or (asked.currency == most.currency and asked <= most):
        return None
    return gettext("Asks for %(asked)s", asked=asked), gettext("%(most)s was paid", most=most)


def _messages(claim: Claim, order: dict[str, Any]) -> _Sides | None:
    came = order.get("messages") or []
    if claim.reason == "message_from_other_sender_only":
        service = str(order.get("service") or "").casefold()
        came = [each for each in came if str(each.get("service") or "").casefold() == service]
    if claim.reason not in NOTHING_CAME or not came:
        return None
    services = ", ".join(sorted({str(each.get("service") or gettext("unnamed")) for each in came}))
    return gettext("No SMS of this service came"), ngettext(
        "%(num)s message received: %(services)s",
        "%(num)s messages received: %(services)s",
        len(came),
        services=services,
    )


def _used(claim: Claim, order: dict[str, Any]) -> _Sides | None:
    if claim.number_used is not False or not order.get("messages"):
        return None
    return gettext("The number was not used"), gettext("Messages came to it")


def _deleted(claim: Claim, _order: dict[str, Any]) -> _Sides | None:
    status = (claim.facts.get("account") or {}).get("status") or "active"
    if claim.reason != "account_deletion" or status == "deleted":
        return None
    return gettext("The account was deleted"), gettext("The account is %(status)s", status=status)


def _refunded(_claim: Claim, order: dict[str, Any]) -> _Sides | None:
    if not order.get("refunded_at"):
        return None
    return gettext("Asks for the price"), gettext("The price was already returned")


def _event(reason: str, name: str, *sides: str, happened: bool) -> _Check:
    """A check of one reason against one event: ``happened`` is what contradicts the story."""

    def check(claim: Claim, order: dict[str, Any]) -> _Sides | None:
        contradicted = claim.reason == reason and bool(order.get(name)) is happened
        return (sides[0], sides[1]) if contradicted else None

    return check


CHECKS: tuple[tuple[str, _Check], ...] = (
    (lazy_gettext("Refund"), _refunded),
    ("SMS", _messages),
    (lazy_gettext("Service"), _service),
    (lazy_gettext("Amount"), _amount),
    (lazy_gettext("Use"), _used),
    (lazy_gettext("Account"), _deleted),
    (lazy_gettext("Event"), _event(
        "number_unavailable", "unavailable_at", lazy_gettext("The number could not be given"),
        lazy_gettext("No such event is recorded"), happened=False)),
    (lazy_gettext("Event"), _event(
        "cancel_failed", "cancelled_at", lazy_gettext("Cancelling failed"),
        lazy_gettext("The order was cancelled"), happened=True)),
    (lazy_gettext("Event"), _event(
        "rental_outage", "outage_reported_at", lazy_gettext("The number stopped working"),
        lazy_gettext("No outage was reported"), happened=False)),
)  # fmt: skip
