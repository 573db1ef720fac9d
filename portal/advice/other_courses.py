"""What of a claim could have gone otherwise, and how a sentence says it after "if".

Never: another reason than the customer's, another account, another story told, or that money
which was already returned had not been.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.translation import lazy_gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portal.policy.deciding.case import Value


@dataclass(frozen=True, slots=True)
class MovedTime:
    """What is said of a time that moves earlier, or later; nothing where it may not."""

    rank: int
    earlier: str = ""
    later: str = ""


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
# What else could have gone otherwise: the fact it is about, the facts it sets, and the words.
OTHERWISE: tuple[tuple[str, Mapping[str, Value], str], ...] = (
    (
        "order.messages",
        {"order.messages": 0, "order.service_message": False},
        _("our records showed no SMS"),
    ),
    (
        "account.identity_documents",
        {"account.identity_documents": "provided"},
        _("all identity documents had been supplied"),
    ),
    (
        "order.restriction_ignored",
        {"order.restriction_ignored": False},
        _("the limits shown for the number had been kept to"),
    ),
    ("order.was_orderable", {"order.was_orderable": True}, _("the site had let you order it")),
    (
        "order.replacement_available",
        {"order.replacement_available": False},
        _("there had been no number to replace it"),
    ),
    (
        "order.fault",
        {"order.fault": "local_provider"},
        _("the local provider had been at fault"),
    ),
    (
        "order.disconnect_cause",
        {"order.disconnect_cause": "other"},
        _("it had not come from what you did"),
    ),
    (
        "order.disconnected_by",
        {"order.disconnected_by": "operator", "order.disconnect_cause": "other"},
        _("the operator had switched the number off"),
    ),
    (
        "order.cancelled_at",
        {"order.cancelled_at": None, "order.cancelled_by": None},
        _("the order had not been cancelled"),
    ),
)
