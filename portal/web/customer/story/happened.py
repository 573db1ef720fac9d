"""What happened to a claim, as its owner reads it."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.claims.history import ClaimEvent
from portal.claims.lifecycle import ASIDE, Action, Actor, Status
from portal.claims.models import Claim
from portal.policy.deciding.document import Policy
from portal.translation import gettext, lazy_gettext as _

# What was done -> (by the claimant or the policy, by a person, tone); None is not told.
DONE: dict[Action, tuple[str, str, str] | None] = {
    Action.SUBMIT: (_("You sent your claim"), "", "info"),
    Action.FILE: (_("The policy owes you this by itself; you had to do nothing"), "", "info"),
    Action.ASK: (_("We need something more from you"), _("We asked you for something more"), "warning"),
    Action.ANSWER: (_("You sent what was missing"), "", "info"),
    Action.REFER: (_("Your claim went to a person"), "", "info"),
    Action.APPROVE: (_("Approved by the policy, at once"), _("Approved by a person"), "success"),
    Action.DECLINE: ("", _("Declined"), "danger"),
    Action.LAPSE: (_("Closed: what was missing did not come in time"), "", "danger"),
    Action.JUDGE_AGAIN: (_("The time has passed that your claim waited for"), "", "info"),
    Action.ADD_EVIDENCE: (_("You added a file"), "", "neutral"),
    Action.RECORD_FINDING: None,
    Action.RECORD_OUTAGE: ("", _("We recorded an outage of your number"), "info"),
    Action.WITHDRAW: (_("You cancelled your claim"), "", "neutral"),
    Action.APPEAL: (_("You appealed"), "", "info"),
    Action.UPHOLD: ("", _("Your appeal was decided: the amount stays"), "warning"),
    Action.UPHOLD_PAID: ("", _("Your appeal was decided: the amount stays"), "warning"),
    Action.UPHOLD_FAILED: ("", _("Your appeal was decided: the amount stays"), "warning"),
    Action.MARK_PAID: ("", _("Paid"), "success"),
    Action.ARRIVE: ("", _("Paid"), "success"),
    Action.MARK_FAILED: ("", _("The payment did not arrive"), "danger"),
    Action.BOUNCE: ("", _("The payment did not arrive"), "danger"),
    **dict.fromkeys(ASIDE),
    Action.RETRY: ("", _("We pay it again"), "info"),
    Action.HOLD: None,
    Action.RELEASE: None,
    Action.CORRECT_PAYOUT: (_("You corrected where the money goes"), "", "info"),
    Action.TRY_AGAIN: (_("You asked us to try again"), "", "info"),
    Action.CHANGE_PAYOUT: (_("You changed where the money goes"), "", "info"),
    Action.EXTEND: ("", _("Payment takes longer than planned"), "warning"),
    Action.RUN_LATE: (_("We are later than we promised"), "", "warning"),
    Action.END_APPEAL: (_("The time to appeal is over"), "", "neutral"),
    Action.UNDO: None,
    Action.UNDO_APPEAL: None,
    Action.REOPEN: ("", _("Your claim is decided anew"), "warning"),
    Action.REVERSE: ("", _("A payment no longer counts"), "warning"),
    Action.COME_BACK: ("", _("A payment came back to us"), "warning"),
    Action.ACCEPT_REPLACEMENT: (_("You take the replacement"), "", "success"),
    Action.REFUSE_REPLACEMENT: (_("You would rather have your money back"), "", "info"),
    Action.END_OFFER: (_("The replacement was not answered in time: you get your money back"), "", "info"),
    Action.ASK_ACCESS: ("", _("We asked you for access to your host"), "warning"),
    Action.GRANT_ACCESS: (_("You gave us access to your host"), "", "info"),
    Action.REFUSE_ACCESS: (_("You gave us no access to your host"), "", "warning"),
    Action.ASK_IDENTITY: ("", _("We asked you for identity documents"), "warning"),
    Action.GIVE_IDENTITY: (_("You gave your identity documents"), "", "info"),
    Action.REFUSE_IDENTITY: (_("You gave no identity documents"), "", "warning"),
    Action.FORGET_IDENTITY: (_("The identity documents that you gave are deleted"), "", "info"),
    Action.BLACK_OUT: (_("You blacked out parts of a picture"), "", "info"),
    Action.REDACT: ("", _("We blacked out parts of a picture"), "info"),
    Action.RESTORE: ("", _("A picture is shown again as you sent it"), "info"),
    Action.FORGET_ORIGINAL: (_("The picture as it was before is deleted"), "", "info"),
    Action.ERASE: (_("Personal data of this claim was deleted for good"), "", "info"),
    Action.END_ACCESS: ("", _("We are done on your host: the access you gave is deleted"), "info"),
    Action.FORGET_ACCESS: (_("The access to your host that you gave is deleted"), "", "info"),
    Action.CORRECT_REFERENCE: ("", _("The reference of your payment was corrected"), "info"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the timeline."""

    at: datetime
    title: str
    text: str | None
    tone: str
    now: bool = False


def happened(claim: Claim, policy: Policy) -> list[Item]:
    """The claim's history, newest first, without what only the reviewers need; files in one line."""
    zone = ZoneInfo(policy.shop.time_zone)
    items: list[Item] = []
    before: Action | None = None
    for event in _told_of(claim):
        words = DONE[event.action]
        if words is None or (event.action is before is Action.ADD_EVIDENCE):
            continue
        if event.data.get("met") is False:
            continue  # an outage that was not one of its number after all
        if event.action is Action.REFER and before is Action.JUDGE_AGAIN:
            continue  # it was with a person before
        before = event.action
        own, person, tone = words
        title = own if event.role in {Actor.CUSTOMER, Actor.POLICY} else person
        if event.after is Status.CLOSED:
            title = gettext("Declined again: this decision is final")
        items.append(Item(event.at.astimezone(zone), title, event.note or None, tone))
    items[-1:] = [replace(last, now=True) for last in items[-1:]]
    return items[::-1]


def _told_of(claim: Claim) -> list[ClaimEvent]:
    """The events without decisions that were undone before anybody was told, and what was done aside."""
    events: list[ClaimEvent] = []
    for event in claim.events:
        if event.action in ASIDE:
            continue
        if event.action in {Action.UNDO, Action.UNDO_APPEAL}:
            events.pop()
        else:
            events.append(event)
    return events
