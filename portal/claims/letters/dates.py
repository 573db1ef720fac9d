"""Dates as letters tell them: on the shop's clock; that one has passed, or was put off."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.claims.clocks.stating import clause_stating
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.policy.deciding.document import Policy


def local(at: datetime | None, policy: Policy) -> datetime | None:
    """The instant on the shop's clock."""
    return at.astimezone(zone_of(policy)) if at else None


def zone_of(policy: Policy) -> ZoneInfo:
    """The shop's time zone."""
    return ZoneInfo(policy.shop.time_zone)


def late(claim: Claim, policy: Policy) -> dict[str, Any]:
    """Which date has passed, who states it, and when it is meant to be done now (event RUN_LATE)."""
    said = claim.events[-1].data
    return {
        "pays": claim.status is Status.APPROVED,
        "due": local(datetime.fromisoformat(said["due"]), policy),
        "by": local(datetime.fromisoformat(said["by"]), policy),
        "clauses": _stating(claim, policy),
    }


def payment_extended(claim: Claim, policy: Policy) -> dict[str, Any]:
    """Why it takes longer, in a person's words, and until when."""
    return {
        "note": claim.events[-1].note,
        "due": local(claim.payout_due_at, policy),
        "clauses": _stating(claim, policy),
    }


def _stating(claim: Claim, policy: Policy) -> list[tuple[str, str]]:
    """The clause that states by when it is decided or paid; none where none does."""
    found = clause_stating(claim, policy)
    return [(found.id, found.wording)] if found else []


def appeal_ended(claim: Claim, policy: Policy) -> dict[str, Any]:
    """Until when it could be appealed, by the shop's own file."""
    return {"until": local(claim.appeal_until, policy), "days": policy.shop.appeal_days}
