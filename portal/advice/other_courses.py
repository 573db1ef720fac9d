"""What of a claim could have gone otherwise (nearest_miss.py), and how a sentence says it after "if"."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from portal.policy.deciding.case import Value
from portal.translation import lazy_gettext as _


@dataclass(frozen=True, slots=True)
class MovedTime:
    """What is said of a time that moves earlier, or later; nothing where it may not."""

    rank: int
    earlier: str = ""
    later: str = ""


class OtherCourse(NamedTuple):
    """How a sentence says that it ``had`` been so, what the fact is then, and what goes with it."""

    had: str
    to: Value
    also: Mapping[str, Value] = {}


TIMES = {
    "claim.submitted_at": MovedTime(0, earlier=_("you had claimed %(length)s earlier")),
    "now": MovedTime(0, later=_("you had waited %(length)s longer")),
    "order.cancelled_at": MovedTime(
        1,
        earlier=_("the order had been cancelled %(length)s earlier"),
        later=_("the order had been cancelled %(length)s later"),
    ),
    "order.disconnected_at": MovedTime(
        1,
        earlier=_("the number had been switched off %(length)s earlier"),
        later=_("the number had been switched off %(length)s later"),
    ),
    "order.outage_ended_at": MovedTime(1, later=_("the outage had lasted %(length)s longer")),
    "order.outage_reported_at": MovedTime(
        1, earlier=_("you had reported the outage %(length)s earlier")
    ),
}
# What else could have gone otherwise, by the fact it is about.
OTHERWISE = {
    "order.messages": OtherCourse(
        _("our records showed no SMS"), to=0, also={"order.service_message": False}
    ),
    "account.identity_documents": OtherCourse(
        _("all identity documents had been supplied"), to="provided"
    ),
    "order.restriction_ignored": OtherCourse(
        _("the limits shown for the number had been kept to"), to=False
    ),
    "order.was_orderable": OtherCourse(_("the site had let you order it"), to=True),
    "order.replacement_available": OtherCourse(
        _("there had been no number to replace it"), to=False
    ),
    "order.fault": OtherCourse(_("the local provider had been at fault"), to="local_provider"),
    "order.disconnect_cause": OtherCourse(_("it had not come from what you did"), to="other"),
    "order.disconnected_by": OtherCourse(
        _("the operator had switched the number off"),
        to="operator",
        also={"order.disconnect_cause": "other"},
    ),
    "order.cancelled_at": OtherCourse(
        _("the order had not been cancelled"), to=None, also={"order.cancelled_by": None}
    ),
}
