"""What happens next to a claim, as its owner reads it."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.claims.clocks.lateness import late_words
from portal.claims.clocks.telling import closing_words
from portal.claims.decisions.requirements import asked_on_appeal
from portal.claims.lifecycle import Clock, Status
from portal.claims.models import Claim
from portal.claims.payout.payee import may_change_payee
from portal.claims.payout.second_person import why_waits
from portal.claims.verbs.mending import may_try_again
from portal.claims.wanted.access import AccessStanding, standing, waits_for_owner
from portal.claims.wanted.identity import wants_documents
from portal.ledger.replacement import ReplacementState
from portal.policy.deciding.document import Policy
from portal.translation import gettext, lazy_gettext as _

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


@dataclass(frozen=True, slots=True)
class Next:
    """What happens next, and by when if that is promised."""

    title: str
    text: str
    by: datetime | None = None


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
