"""The facts a policy may name: their type, who supplies them, and what holds when nothing is said.

A case's facts live in one list, each at the index of its name, so that a compiled condition
reads a fact by one look-up. ``UNKNOWN`` is not false; ``None`` is a known nothing (an event that
has not happened, an order without a label).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final


class Unknown(Enum):
    """The value of a fact that nobody has supplied."""

    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # an enum's own costs a call; this one is looked up in every case

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN


class Source(StrEnum):
    """Who a fact comes from."""

    LOGS = "logs"
    CUSTOMER = "customer"
    REVIEWER = "reviewer"
    PORTAL = "portal"


class Type(StrEnum):
    """What a fact's value is."""

    TIME = "time"
    BOOL = "true or false"
    WORD = "word"
    TEXT = "text"
    MONEY = "money"
    COUNT = "list"
    DURATION = "duration"


@dataclass(frozen=True, slots=True)
class Fact:
    """One named fact.

    ``values`` lists the words it may take; ``default`` holds when its object is present without
    it; ``stands_on`` names the facts a derived one is computed from.
    """

    name: str
    type: Type
    source: Source
    values: tuple[str, ...] = ()
    default: object = UNKNOWN
    stands_on: tuple[str, ...] = ()


REASONS: Final = (
    "sms_not_received", "number_unavailable", "technical_error", "wrong_code", "incomplete_sms",
    "cancel_failed", "number_already_used", "invalid_number", "major_defect", "rental_outage",
    "operator_block", "local_carrier_fault", "account_deletion", "unused_balance",
    "message_from_other_sender_only", "no_sms_from_one_service", "early_termination",
    "wrong_selection", "external_cause", "caller_id", "changed_mind", "accidental_top_up",
    "misunderstanding", "api_misuse", "incompatible_software", "other",
)  # fmt: skip
BALANCE_REASONS: Final = frozenset({"unused_balance", "account_deletion", "accidental_top_up"})
PAYOUT_METHODS: Final = ("original", "iban", "card", "paypal", "crypto", "other")
EVIDENCE_KINDS: Final = ("screenshot", "photo", "video", "document")

_LOGS, _CUSTOMER, _REVIEWER, _PORTAL = (
    Source.LOGS,
    Source.CUSTOMER,
    Source.REVIEWER,
    Source.PORTAL,
)
_OUTAGE = (
    "order.outage_reported_at",
    "order.outage_ended_at",
    "order.disconnected_at",
    "order.disconnected_by",
)


def _event(name: str, source: Source = _LOGS) -> Fact:
    return Fact(name, Type.TIME, source, default=None)


ALL: Final = (
    Fact("now", Type.TIME, _PORTAL),
    Fact("account.email", Type.TEXT, _CUSTOMER),
    Fact("account.status", Type.WORD, _LOGS, ("active", "blocked", "deleted"), "active"),
    Fact("account.block_reason", Type.WORD, _LOGS, ("rule_violation", "authorities")),
    Fact("account.fraud_flag", Type.BOOL, _LOGS, default=False),
    Fact(
        "account.identity_documents",
        Type.WORD,
        _LOGS,
        ("not_required", "provided", "refused"),
        "not_required",
    ),
    Fact("order.reference", Type.TEXT, _LOGS),
    Fact("order.kind", Type.WORD, _LOGS, ("activation", "rental")),
    Fact("order.service", Type.TEXT, _LOGS),
    Fact("order.country", Type.TEXT, _LOGS),
    Fact("order.price", Type.MONEY, _LOGS),
    Fact("order.label", Type.WORD, _LOGS, ("for_registration",), None),
    Fact("order.ordered_at", Type.TIME, _LOGS),
    Fact("order.expires_at", Type.TIME, _LOGS),
    _event("order.revealed_at"),
    _event("order.completed_at"),
    _event("order.cancelled_at"),
    Fact("order.cancelled_by", Type.WORD, _LOGS, ("customer", "provider")),
    _event("order.unavailable_at"),
    Fact("order.was_orderable", Type.BOOL, _LOGS),
    _event("order.refunded_at"),
    Fact("order.refunded", Type.MONEY, _LOGS),
    Fact("order.restriction_ignored", Type.BOOL, _LOGS, default=False),
    Fact("order.operational", Type.BOOL, _LOGS),
    Fact("order.paid_from", Type.TIME, _LOGS),
    Fact("order.paid_until", Type.TIME, _LOGS),
    _event("order.outage_reported_at"),
    _event("order.outage_ended_at"),
    _event("order.disconnected_at"),
    Fact("order.disconnected_by", Type.WORD, _LOGS, ("customer", "operator", "provider")),
    Fact("order.disconnect_cause", Type.WORD, _LOGS, ("customer", "other")),
    Fact("order.fault", Type.WORD, _LOGS, ("local_provider",), None),
    Fact("order.replacement_available", Type.BOOL, _LOGS),
    Fact("order.payment_method_refundable", Type.BOOL, _LOGS, default=True),
    Fact("order.messages", Type.COUNT, _LOGS),
    Fact("top_ups", Type.COUNT, _LOGS),
    Fact("purchases", Type.COUNT, _LOGS),
    Fact("claim.reason", Type.WORD, _CUSTOMER, REASONS),
    Fact("claim.submitted_at", Type.TIME, _PORTAL),
    Fact("claim.service_name", Type.TEXT, _CUSTOMER),
    Fact("claim.order_reference", Type.TEXT, _CUSTOMER),
    Fact("claim.description", Type.TEXT, _CUSTOMER),
    Fact("claim.destination", Type.WORD, _CUSTOMER, ("balance", "payout"), "balance"),
    Fact("claim.remedy", Type.WORD, _CUSTOMER, ("refund", "replacement"), "refund"),
    Fact("claim.amount", Type.MONEY, _CUSTOMER),
    Fact("claim.payout", Type.BOOL, _CUSTOMER),
    Fact("claim.payout.method", Type.WORD, _CUSTOMER, PAYOUT_METHODS),
    Fact("claim.answers.number_used", Type.BOOL, _CUSTOMER),
    Fact("claim.evidence", Type.COUNT, _CUSTOMER, default=0),
    Fact("findings.technical_error_verified", Type.BOOL, _REVIEWER),
    Fact("findings.claim_verified", Type.BOOL, _REVIEWER),
    Fact("findings.defect_confirmed", Type.BOOL, _REVIEWER),
    _event("findings.rectified_at", _REVIEWER),
    _event("findings.access_requested_at", _REVIEWER),
    _event("findings.access_granted_at", _REVIEWER),
    Fact("findings.access_refused", Type.BOOL, _REVIEWER),
    _event("findings.information_requested_at", _REVIEWER),
    _event("findings.information_given_at", _REVIEWER),
    Fact("findings.exceptional_payout_verified", Type.BOOL, _REVIEWER),
    # Derived: computed from the facts named last.
    Fact(
        "order.service_message",
        Type.BOOL,
        _LOGS,
        stands_on=("order.messages", "order.service"),
    ),
    Fact("order.outage_time", Type.DURATION, _LOGS, stands_on=_OUTAGE),
    Fact(
        "order.outage_paid_time",
        Type.DURATION,
        _LOGS,
        stands_on=(*_OUTAGE, "order.paid_from", "order.paid_until"),
    ),
    Fact(
        "order.remainder",
        Type.MONEY,
        _LOGS,
        stands_on=("order.price", "order.refunded_at", "order.refunded"),
    ),
    Fact("balance.refundable", Type.MONEY, _LOGS, stands_on=("top_ups", "purchases")),
    Fact("balance.removed_as_old", Type.BOOL, _LOGS, stands_on=("top_ups", "purchases")),
    Fact("balance.removed_as_used", Type.BOOL, _LOGS, stands_on=("top_ups", "purchases")),
    Fact("balance.method_refundable", Type.BOOL, _LOGS, stands_on=("top_ups", "purchases")),
    Fact("clock.review_from", Type.TIME, _PORTAL, stands_on=("claim.submitted_at",)),
    Fact("clock.information_from", Type.TIME, _PORTAL, stands_on=("now",)),
    Fact("clock.rectify_by", Type.TIME, _PORTAL, stands_on=("claim.submitted_at",)),
)
BY_NAME: Final = {fact.name: fact for fact in ALL}
INDEX: Final = {fact.name: place for place, fact in enumerate(ALL)}
EVENTS: Final = frozenset(f.name for f in ALL if f.type is Type.TIME and f.default is None)

# An actor or a cause says nothing where its event has not happened.
COMPANIONS: Final = (
    ("order.cancelled_by", "order.cancelled_at"),
    ("order.disconnected_by", "order.disconnected_at"),
    ("order.disconnect_cause", "order.disconnected_at"),
)
