"""What happened to a claim and what happens next, as its owner reads it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.claims.clocks.lateness import late_words
from portal.claims.clocks.telling import closing_words
from portal.claims.decisions.requirements import asked_on_appeal
from portal.claims.history import ClaimEvent
from portal.claims.lifecycle import ASIDE, Action, Actor, Clock, Status
from portal.claims.models import Claim
from portal.claims.payout.payee import may_change_payee
from portal.claims.payout.second_person import why_waits
from portal.claims.verbs.mending import may_try_again
from portal.claims.wanted.access import AccessStanding, standing, waits_for_owner
from portal.claims.wanted.identity import wants_documents
from portal.ledger.replacement import ReplacementState
from portal.mail.letters import Event
from portal.mail.models import MailState, OutboxMail
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
    Action.END_ACCESS: ("", _("We are done on your host: the access you gave is deleted"), "info"),
    Action.FORGET_ACCESS: (_("The access to your host that you gave is deleted"), "", "info"),
    Action.CORRECT_REFERENCE: ("", _("The reference of your payment was corrected"), "info"),
}  # fmt: skip
# Where the claim stands -> what comes next, where nothing else about the claim matters.
NEXT: dict[Status, tuple[str, str]] = {
    Status.NEEDS_INFORMATION: (
        _("Send us what is missing"),
        _("We cannot decide without it."),
    ),
    Status.IN_REVIEW: (
        _("A person looks at your claim"),
        _("There is nothing for you to do. We write to you as soon as it is decided."),
    ),
    Status.PAID: (_("Nothing more"), _("The money is paid. This claim is finished.")),
    Status.DECLINED: (
        _("You can appeal once"),
        _(
            "If you have something new that shows what happened, another person looks at your claim"
            " again. If you don't appeal, nothing more happens."
        ),
    ),
    Status.APPEALED: (
        _("Another person looks at your appeal"),
        _("There is nothing for you to do. Their decision is final."),
    ),
    Status.CLOSED: (_("Nothing more"), _("The appeal was decided, and that decision is final.")),
    Status.WITHDRAWN: (_("Nothing more"), _("You cancelled this claim. You can make a new one.")),
}
# Where a date is promised to the claimant, or set for them.
PROMISING = frozenset(
    {Status.NEEDS_INFORMATION, Status.IN_REVIEW, Status.APPROVED, Status.DECLINED, Status.APPEALED}
)
LATE = _("We are later than we promised")
MAIL_STATES = {
    MailState.WAITING: (_("On its way"), "info"),
    MailState.SENT: (_("Sent"), "success"),
    MailState.PARKED: (_("Could not be delivered"), "danger"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the timeline."""

    at: datetime
    title: str
    text: str | None
    tone: str
    now: bool = False


@dataclass(frozen=True, slots=True)
class Next:
    """What happens next, and by when if that is promised."""

    title: str
    text: str
    by: datetime | None = None


@dataclass(frozen=True, slots=True)
class ToldMail:
    """A mail that went out about the claim, or waits to."""

    subject: str
    at: datetime
    state: str
    tone: str


def happened(claim: Claim, policy: Policy) -> list[Item]:
    """The claim's history, newest first, without what only the reviewers need; files in one line."""
    zone = ZoneInfo(policy.shop.time_zone)
    items: list[Item] = []
    before: Action | None = None
    for event in _told_of(claim):
        words = DONE[event.action]
        if words is None or (event.action is before is Action.ADD_EVIDENCE):
            continue
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


def next_step(claim: Claim, policy: Policy, *, at: datetime) -> Next:
    """One plain sentence on what comes, and the date that was promised for it."""
    by = claim.appeal_until if claim.status is Status.DECLINED else claim.due_at
    late = by is not None and by < at
    title, text = _next_words(claim, late=late)
    if claim.status is Status.NEEDS_INFORMATION:
        text = f"{text} {closing_words(claim, policy)}"
    if told := late_words(claim, policy, at=at):
        text = f"{LATE}. {told} {text}" if claim.status is Status.APPROVED else f"{text} {told}"
    if claim.status is Status.APPROVED and (why := why_waits(claim, policy, at=at)):
        text = f"{text} {why}"
    promised = (
        by is not None and by > at and claim.status in PROMISING and not asked_on_appeal(claim)
    )
    if claim.waiting and claim.runs is Clock.PAUSED:
        promised = False
    zone = ZoneInfo(policy.shop.time_zone)
    return Next(title, text, by.astimezone(zone) if by and promised else None)


def _next_words(claim: Claim, *, late: bool) -> tuple[str, str]:
    if claim.waiting and (told := _review_words(claim, late=late)):
        return told
    if claim.status is Status.APPROVED:
        return _approved_words(claim)
    if claim.status is Status.PAYOUT_FAILED:
        return _failed_words(claim)
    if claim.status is Status.DECLINED and late:
        return gettext("Nothing more"), gettext(
            "The time to appeal is over, so this decision stands."
        )
    if claim.lapsed:
        return (
            gettext("You can appeal once"),
            gettext(
                "What we asked for did not come in time, so your claim was closed by its date. Send"
                " it with an appeal, and a person looks at your claim again. If you don't appeal,"
                " nothing more happens."
            ),
        )
    return NEXT[claim.status]


def _approved_words(claim: Claim) -> tuple[str, str]:
    if claim.replacement and claim.replacement.state is ReplacementState.OFFERED:
        return (
            gettext("Say whether you take the replacement"),
            gettext(
                "Another number is offered to you. If you say nothing in time, you get your money back."
            ),
        )
    if claim.replacement and claim.replacement.open:
        return gettext("You get another number"), _how_paid(claim)
    return gettext("We pay"), _how_paid(claim)


def _failed_words(claim: Claim) -> tuple[str, str]:
    """Who mends a payment that did not arrive: its owner the details, the shop all else."""
    failed = claim.payout.failed_reason if claim.payout else None
    if may_try_again(claim):
        return (
            gettext("Do what the shop says, then try again"),
            gettext("Your balance could not be credited. The shop says: %(said)s", said=failed),
        )
    if not may_change_payee(claim):
        return (
            gettext("We try again"),
            gettext(
                "It did not work: %(given)s. You need to do nothing. We try again and write to you when it is there.",
                given=failed or gettext("no reason was given"),
            ),
        )
    return (
        gettext("Correct where the money should go"),
        gettext(
            "The payment came back: %(given)s. We try again as soon as you have corrected it.",
            given=failed or gettext("no reason was given"),
        ),
    )


def _review_words(claim: Claim, *, late: bool) -> tuple[str, str] | None:
    """What is not as usual while a person looks at it."""
    if asked_on_appeal(claim):
        return (
            gettext("Send us what we asked for"),
            gettext(
                "The person who looks at your appeal needs it to decide. Their decision is final."
            ),
        )
    if waits_for_owner(claim) and standing(claim) is AccessStanding.SILENT:
        return (
            gettext("Say whether we may reach your host"),
            gettext(
                "A person looks at your claim and would like to look at your host. While you say"
                " nothing, the time we have stands still."
            ),
        )
    if wants_documents(claim) and claim.identity and claim.identity["answer"] is None:
        return (
            gettext("Say whether you give identity documents"),
            gettext("A person looks at your claim, and the order needs them."),
        )
    if claim.runs is Clock.PAUSED:
        words = gettext("The time to decide stands still until what was asked for is there.")
    elif late and claim.status is Status.IN_REVIEW:
        later = gettext("It takes longer than we meant") if claim.runs is Clock.OWN else LATE
        words = gettext(
            "%(late)s. Your claim is not lost, and waiting doesn't make its result worse.",
            late=later,
        )
    elif claim.email is None and claim.status is Status.IN_REVIEW:
        words = gettext(
            "There is nothing for you to do. This page shows it as soon as it is decided."
        )
    else:
        return None
    return gettext("A person looks at your claim"), words


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


def _how_paid(claim: Claim) -> str:
    payout, told = claim.payout, claim.email is not None  # nobody is written to without an address
    if payout and payout.amount is None:
        there = gettext("You get a replacement. This page shows it when it is there.")
        return (
            gettext("You get a replacement. We write to you when it is there.") if told else there
        )
    if payout and payout.destination == "balance":
        said = gettext(
            "The money goes to your balance in the shop. We write to you when it is there."
        )
        return said if told else gettext("The money goes to your balance in the shop.")
    said = gettext(
        "The money goes the way you chose. A person sends it, and we write to you when it has left."
    )
    return said if told else gettext("The money goes the way you chose. A person sends it.")
