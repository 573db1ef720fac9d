"""That a date has passed, as the claim's own page says it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from portal.claims.lifecycle import Action
from portal.claims.models import Claim
from portal.mail.letters import moment
from portal.policy.deciding.document import Policy
from portal.translation import gettext


def late_words(claim: Claim, policy: Policy, *, at: datetime) -> str:
    """Which promised date has passed, and when it is meant to be done now; empty where its owner wasn't told so.

    The new date is left out once it has passed as well.
    """
    due = claim.due_at.isoformat() if claim.due_at else None
    told = [each for each in claim.events if each.action is Action.RUN_LATE]
    if not told or told[-1].data["due"] != due:
        return ""
    zone = ZoneInfo(policy.shop.time_zone)
    was, by = (
        datetime.fromisoformat(told[-1].data[name]).astimezone(zone) for name in ("due", "by")
    )
    words = gettext("It was due by %(due)s.", due=moment(was))
    if by <= at:
        return words
    return f"{words} {gettext('We now mean to do it by %(by)s.', by=moment(by))}"
