"""Where the customer's story, the shop's records and its provider disagree: what a reviewer should see first."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from portal.claims.decisions.returned import paid_at_most
from portal.claims.models import Claim
from portal.translation import gettext, lazy_gettext, ngettext

_Sides = tuple[str, str]  # what the customer says, and what the records say
_Check = Callable[[Claim, dict[str, Any]], _Sides | None]
_ThreeSides = tuple[str, str, str]  # and what the provider says; empty where one says nothing
_ProviderCheck = Callable[[Claim, dict[str, Any]], _ThreeSides | None]

NOTHING_CAME = frozenset(
    {"sms_not_received", "no_sms_from_one_service", "message_from_other_sender_only"}
)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One point: what the customer says, what the records say, and the provider; empty for nothing."""

    point: str
    story: str
    records: str
    provider: str = ""


def disagreements(claim: Claim, *, but: Collection[str] = ()) -> list[Disagreement]:
    """The points on which the claim's story, the records it was sent with and the provider differ; often none.

    ``but`` are facts of the order that are told of already: that no record has them is no point then.
    """
    if not claim.order_known:
        what = gettext("The account's balance")
        if claim.order_reference:
            what = gettext("Order %(order)s", order=claim.order_reference)
        nothing = gettext("Not in the records for this e-mail address")
        return [Disagreement(gettext("Order"), what, nothing)]
    order: dict[str, Any] = claim.facts.get("order") or {}
    order = order | {name.removeprefix("order."): True for name in but}
    told = [Disagreement(point, *said) for point, check in CHECKS if (said := check(claim, order))]
    return told + [
        Disagreement(point, *sides)
        for point, look in PROVIDER_CHECKS
        if (sides := look(claim, order))
    ]


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


def _delivered(claim: Claim, order: dict[str, Any]) -> _ThreeSides | None:
    """An SMS that one of the shop and its provider knows of, and the other doesn't."""
    said, came = order.get("provider_delivered"), order.get("messages")
    if said is None or bool(came) is said:
        return None
    story = gettext("No SMS of this service came") if claim.reason in NOTHING_CAME else ""
    provider = gettext("An SMS was delivered") if said else gettext("No SMS was delivered")
    if came is None:
        return (story, gettext("Nothing is recorded of SMS"), provider) if said and story else None
    records = ngettext("%(num)s message received", "%(num)s messages received", len(came))
    return story, records if came else gettext("No message received"), provider


def _outcome(_claim: Claim, order: dict[str, Any]) -> _ThreeSides | None:
    """An order that one of the two says was completed, and the other that it came to nothing."""
    said = order.get("provider_status")
    if said == "completed" and order.get("cancelled_at"):
        return "", gettext("The order was cancelled"), gettext("The order was completed")
    if said not in _NOTHING_BECAME or not order.get("completed_at"):
        return None
    return "", gettext("The order was completed"), gettext(_NOTHING_BECAME[said])


def _kept(claim: Claim, order: dict[str, Any]) -> _ThreeSides | None:
    """Money that the shop has back from its provider, and its customer not from the shop."""
    if order.get("provider_refunded") is not True or order.get("refunded_at"):
        return None
    story = "" if claim.remedy == "replacement" else gettext("Asks for the price")
    return story, gettext("Nothing was returned"), gettext("The shop got its money back")


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
_NOTHING_BECAME = {
    "cancelled": lazy_gettext("The order was cancelled"),
    "expired": lazy_gettext("The time ran out"),
    "banned": lazy_gettext("The number was withdrawn"),
}
PROVIDER_CHECKS: tuple[tuple[str, _ProviderCheck], ...] = (
    ("SMS", _delivered),
    (lazy_gettext("Event"), _outcome),
    (lazy_gettext("Refund"), _kept),
)
