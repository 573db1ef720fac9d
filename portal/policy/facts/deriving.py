"""What follows from other facts of a case: the values of those that are computed (derived.py).

``values`` has each fact's at its index, and is changed in place.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from portal.money import Money
from portal.policy.facts.table import COMPANIONS, INDEX, UNKNOWN, Unknown

# Messages, each with its time and its service; None for a service that is not told.
Heard = Sequence[tuple[datetime | Unknown, str | None]]

_NOW, _SUBMITTED = INDEX["now"], INDEX["claim.submitted_at"]
_COMPANIONS = tuple((INDEX[name], INDEX[event]) for name, event in COMPANIONS)
_STATUS, _BLOCKED = INDEX["account.status"], INDEX["account.block_reason"]
_GIVEN, _REQUESTED = (
    INDEX["findings.information_given_at"],
    INDEX["findings.information_requested_at"],
)
_REVIEW_FROM, _INFORMATION_FROM = INDEX["clock.review_from"], INDEX["clock.information_from"]
_REPORTED, _ENDED = INDEX["order.outage_reported_at"], INDEX["order.outage_ended_at"]
_LEFT, _LEFT_BY = INDEX["order.disconnected_at"], INDEX["order.disconnected_by"]
_PRICE, _REMAINDER = INDEX["order.price"], INDEX["order.remainder"]
_REFUNDED, _GONE = INDEX["order.refunded_at"], INDEX["order.refunded"]
_PAID_FROM, _PAID_UNTIL = INDEX["order.paid_from"], INDEX["order.paid_until"]
_OUTAGE, _OUTAGE_PAID = INDEX["order.outage_time"], INDEX["order.outage_paid_time"]

_MESSAGES, _OF_SERVICE = INDEX["order.messages"], INDEX["order.service_message"]
_SERVICE = INDEX["order.service"]


def hear(values: list[Any], heard: Heard | None) -> None:
    """Set how many messages came, and whether one is of the service ordered; None: nobody knows."""
    values[_MESSAGES] = UNKNOWN if heard is None else len(heard)
    values[_OF_SERVICE] = UNKNOWN if heard is None else _is_of(values[_SERVICE], heard)


def _is_of(wanted: object, heard: Heard) -> bool | Unknown:
    services = [service and service.casefold() for _, service in heard]
    if isinstance(wanted, str) and wanted.casefold() in services:
        return True
    return UNKNOWN if heard and (wanted is UNKNOWN or None in services) else False


def settle_companions(values: list[Any]) -> None:
    """Set what an event or a state leaves nothing to say of: who cancelled what was not cancelled."""
    for place, event in _COMPANIONS:
        if values[place] is UNKNOWN and values[event] is None:
            values[place] = None
    if values[_BLOCKED] is UNKNOWN and values[_STATUS] in ("active", "deleted"):
        values[_BLOCKED] = None


def derive(values: list[Any]) -> None:
    """Set what follows from other facts and from the time of the decision."""
    now, submitted = values[_NOW], values[_SUBMITTED]
    given, requested = values[_GIVEN], values[_REQUESTED]
    values[_REVIEW_FROM] = submitted if given is None else given
    values[_INFORMATION_FROM] = now if requested is None else requested
    values[_REMAINDER] = _remainder(values)
    reported, end = values[_REPORTED], _outage_end(values)
    if not isinstance(reported, datetime):
        values[_OUTAGE] = values[_OUTAGE_PAID] = reported
        return
    if not isinstance(end, datetime):
        values[_OUTAGE] = values[_OUTAGE_PAID] = UNKNOWN
        return
    values[_OUTAGE] = max(end - reported, timedelta())
    start, until = values[_PAID_FROM], values[_PAID_UNTIL]
    if isinstance(start, datetime) and isinstance(until, datetime):
        values[_OUTAGE_PAID] = max(min(end, until) - max(reported, start), timedelta())
    else:
        values[_OUTAGE_PAID] = UNKNOWN


def _remainder(values: list[Any]) -> Money | Unknown:
    """The price less what has gone back of it: all, where no amount is said of a return.

    Whether anything went back is asked for by itself: while it is unknown, the whole price is left.
    """
    price, gone = values[_PRICE], values[_GONE]
    if not isinstance(price, Money):
        return UNKNOWN
    if isinstance(gone, Money):
        if gone.currency != price.currency:
            return UNKNOWN
        return price - gone if gone < price else Money(0, price.currency)
    return Money(0, price.currency) if isinstance(values[_REFUNDED], datetime) else price


def _outage_end(values: list[Any]) -> datetime | Unknown:
    """When the number worked again, or the customer left it; now, while it is still down."""
    now, ended = values[_NOW], values[_ENDED]
    if ended is UNKNOWN or not isinstance(now, datetime):
        return UNKNOWN
    end = min(ended, now) if isinstance(ended, datetime) else now
    left, by = values[_LEFT], values[_LEFT_BY]
    if left is None or by not in (UNKNOWN, "customer"):
        return end
    if isinstance(left, datetime):
        if left >= end:
            return end
        return UNKNOWN if by is UNKNOWN else left
    return UNKNOWN
