"""What its owner was written about a claim, and whether it left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.mail.letters import Event
from portal.mail.models import MailState, OutboxMail
from portal.policy.deciding.document import Policy
from portal.translation import lazy_gettext as _

MAIL_STATES = {
    MailState.WAITING: (_("On its way"), "info"),
    MailState.SENT: (_("Sent"), "success"),
    MailState.PARKED: (_("Could not be delivered"), "danger"),
}


@dataclass(frozen=True, slots=True)
class ToldMail:
    """A mail that went out about the claim, or waits to."""

    subject: str
    at: datetime
    state: str
    tone: str


def told(mails: Sequence[OutboxMail], policy: Policy) -> list[ToldMail]:
    """What we wrote to its owner about the claim and whether it left; codes are nobody's business."""
    zone = ZoneInfo(policy.shop.time_zone)
    return [
        ToldMail(
            mail.subject, (mail.sent_at or mail.due_at).astimezone(zone), *MAIL_STATES[mail.state]
        )
        for mail in mails
        if mail.event not in {Event.SIGN_IN_CODE, Event.PAYEE_NAMED}
    ][::-1]
