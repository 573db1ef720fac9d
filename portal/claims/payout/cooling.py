"""Money that was sent elsewhere by its owner waits a while: whoever was not that owner is found out by then."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from portal.claims.models import Claim
from portal.claims.payout.payee import CHANGES
from portal.claims.refusals import PaidTooEarly
from portal.config.settings import settings
from portal.ledger.payout import Payout
from portal.mail.letters import moment
from portal.policy.deciding.document import Policy
from portal.translation import gettext

MOVED = "moved"  # of an event: the details name another destination than before


def was_moved(claim: Claim) -> bool:
    """Whether its owner has sent the money elsewhere since the claim was sent."""
    return any(event.data.get(MOVED) for event in claim.events if event.action in CHANGES)


def cooled_at(claim: Claim) -> datetime | None:
    """Until when nothing is paid since its owner sent the money elsewhere (UTC); None where nobody did."""
    changed = [e.at for e in claim.events if e.action in CHANGES and e.data.get(MOVED)]
    return max(changed) + timedelta(hours=settings().payee_cooling_hours) if changed else None


def payable_from(claim: Claim, *, at: datetime) -> datetime:
    """When it can be paid at the earliest: now, or when the time is over that a change waits."""
    return max(at, (claim.payout and claim.payout.not_before) or at)


def refuse_early(payout: Payout, *, policy: Policy, at: datetime) -> None:
    """Raise PaidTooEarly, which names the hour, where the destination was changed lately."""
    if payout.not_before is None or payout.not_before <= at:
        return
    local = payout.not_before.astimezone(ZoneInfo(policy.shop.time_zone))
    raise PaidTooEarly(
        gettext(
            "The customer changed where it goes. It can be paid from %(at)s on.", at=moment(local)
        )
    )
