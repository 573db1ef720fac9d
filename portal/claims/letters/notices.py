"""Which letter tells the customer what happened to a claim, and when it leaves."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from portal.claims.letters.contexts import context_of, decision_words
from portal.claims.letters.dates import local
from portal.claims.letters.links import status_link
from portal.claims.lifecycle import Action, Actor, Clock, Origin, Status
from portal.claims.models import Claim
from portal.config.languages import speaking_to
from portal.config.settings import settings
from portal.email_addresses import email_key
from portal.ledger.payout import Payout
from portal.mail import outbox, strangers, team
from portal.mail.letters import Event, moment, render
from portal.mail.models import MailState, OutboxMail
from portal.mail.outbox import Sender
from portal.policy.deciding.document import Policy
from portal.translation import gettext

# What the letters of a claim just sent may be, and the mark of one that was told of with others.
_AT_SENDING = frozenset({Event.RECEIVED, Event.APPROVED, Event.NEEDS_INFORMATION})
TOGETHER = "together"
Besides = ParamSpec("Besides")
Done = TypeVar("Done")
_DECISIONS = frozenset({Event.APPROVED, Event.DECLINED, Event.APPEAL_DECIDED, Event.RETURNED})


def _in_its_language(
    of: Callable[Concatenate[Claim, Besides], Done],
) -> Callable[Concatenate[Claim, Besides], Done]:
    """Write what a claim's owner is told in the language that the claim keeps."""

    @wraps(of)
    def said(claim: Claim, /, *args: Besides.args, **named: Besides.kwargs) -> Done:
        with speaking_to(claim.language):
            return of(claim, *args, **named)

    return said


@_in_its_language
def tell(claim: Claim, event: str, *, policy: Policy, at: datetime) -> OutboxMail | None:
    """Queue the letter of this event to the claim's address, in the caller's transaction.

    None where it has no address: the shop tells a holder whom it knows by its own id alone.

    An approval that follows an appeal is told as the appeal's decision. A reminder that still
    waits is taken back, since the claim has moved on. A decision waits a while: a person may take
    it back, and what is paid at once is told once, as paid.
    """
    if claim.email is None:
        return None
    told = _letter_of(claim, Event(event))
    outbox.cancel(about=claim.reference, event=Event.TOO_EARLY)
    context = context_of(told, claim, policy)
    by_rail = claim.events[-1].role is Actor.RAIL
    if told is Event.RETURNED and claim.status is Status.PAID:
        outbox.cancel(about=claim.reference, event=told)  # that it was on its way
    elif told is Event.PAID and by_rail and not claim.rulings and was_filed_together(claim):
        return None  # what that letter promised has come
    elif told is Event.PAID and by_rail:
        if outbox.cancel(about=claim.reference, event=Event.APPROVED):
            context |= decision_words(claim, policy)
    elif claim.rulings:  # a decision that still waits leaves before what follows it
        outbox.let_go(about=claim.reference, at=at)
    waits = timedelta(seconds=settings().decision_mail_delay if _waits(claim, told) else 0)
    return _queue(claim, told, context, policy=policy, at=at, due_at=at + waits)


@_in_its_language
def tell_contacts(claim: Claim, *, old: str, new: str, policy: Policy, at: datetime) -> None:
    """Tell the address that a payout went to before, and the one that it goes to now, of the change.

    Empty for none. They need not be the owner's, so they read neither an amount nor a link; the
    owner's own address has its own letter.
    """
    for address, now in ((old, False), (new, True)):
        if not address or old == new or email_key(address) == claim.email:
            continue
        if strangers.wait_for_one(address, network=claim.reference, at=at) is not None:
            continue  # whoever has a claim may name anybody
        letter = render(
            Event.PAYEE_NAMED,
            shop=policy.shop.name,
            reference=claim.reference,
            link=None,
            at=local(at, policy),
            now=now,
            contact=policy.shop.sender.email,
        )
        outbox.queue(letter, event=Event.PAYEE_NAMED, to=address, sender=_sender(policy),
                     about=claim.reference, at=at)  # fmt: skip


def tell_together(claims: Sequence[Claim], *, policy: Policy, at: datetime) -> OutboxMail | None:
    """Tell in one letter of claims of one holder that were sent just now, in place of one for each.

    None where there is no address. What a rail pays of them at once is not told once more.
    """
    to = claims[0].email
    if to is None:
        return None
    for claim in claims:
        own = outbox.untried(about=claim.reference, events=_AT_SENDING, written_at=at)
        if own:
            outbox.take_back(own)
        sent = next(event for event in claim.events if event.action is Action.SUBMIT)
        sent.data = sent.data | {TOGETHER: True}
    with speaking_to(claims[0].language):
        told = [
            (
                claim.order_reference,
                claim.reference,
                _came_of(claim, policy),
                status_link(claim.reference),
            )
            for claim in claims
        ]
        letter = render(
            Event.FILED_TOGETHER, shop=policy.shop.name, reference=None, link=None, claims=told
        )
    return outbox.queue(
        letter, event=Event.FILED_TOGETHER, to=to, sender=_sender(policy), about=None, at=at
    )


def leaves_at(claim: Claim, *, decided_at: datetime) -> datetime | None:
    """When the letter of the decision made then leaves (UTC); None where a try has been made already."""
    found = outbox.untried(about=claim.reference, events=_DECISIONS, written_at=decided_at)
    return found.due_at if found else None


def leaving(decided: Mapping[Claim, datetime]) -> dict[Claim, datetime]:
    """When the letters of these decisions, each made then, leave (UTC), without those that were tried."""
    named = {claim.reference: claim for claim in decided}
    found = outbox.untried_among(named, events=_DECISIONS, written_at=set(decided.values()))
    return {
        named[mail.about]: mail.due_at
        for mail in found
        if mail.about and mail.created_at == decided[named[mail.about]]
    }


def take_back(claim: Claim, *, decided_at: datetime) -> bool:
    """Take back the letter of the decision made then; False where a try has been made already."""
    found = outbox.untried(about=claim.reference, events=_DECISIONS, written_at=decided_at)
    return found is not None and outbox.take_back(found)


def tell_reference(claim: Claim, payout: Payout, *, policy: Policy, at: datetime) -> None:
    """Tell the payment's right reference: in the letter that it is paid while that waits, else in its own."""
    at_once = payout.settled_at or at
    told = {Event.PAID, Event.RETURNED}
    paid = outbox.untried(about=claim.reference, events=told, written_at=at_once)
    anew = paid is not None and payout is claim.payout and outbox.take_back(paid)
    tell(claim, Event.PAID if anew else Event.REFERENCE_CORRECTED, policy=policy, at=at)


def _came_of(claim: Claim, policy: Policy) -> str:
    """What becomes of a claim that was just sent, as a sentence."""
    if claim.status is Status.APPROVED:
        said = context_of(Event.APPROVED, claim, policy)
        if said["due"] is None:
            return gettext("Approved: %(what)s.", what=said["what"])
        due = moment(said["due"])
        return gettext("Approved: %(what)s, by %(due)s.", what=said["what"], due=due)
    if claim.status is Status.NEEDS_INFORMATION:
        return gettext("Something is still needed. Open the claim to give it.")
    by = None if claim.runs is Clock.OWN else local(claim.due_at, policy)
    if by is None:
        return gettext("A person looks at it and decides.")
    return gettext("A person looks at it and decides by %(due)s.", due=moment(by))


def was_filed_together(claim: Claim) -> bool:
    """Whether one letter told of its sending, together with others."""
    return any(event.data.get(TOGETHER) for event in claim.events)


def _letter_of(claim: Claim, event: Event) -> Event:
    """The letter that tells of it: an appeal's decision, or what came back though nobody asked."""
    if event is Event.APPROVED and claim.appealed_at:
        return Event.APPEAL_DECIDED
    unasked = claim.origin is Origin.POLICY and claim.appealed_at is None
    return Event.RETURNED if unasked and event in {Event.APPROVED, Event.PAID} else event


def _waits(claim: Claim, told: Event) -> bool:
    """Whether this is a decision that a person made just now, or that its rail carries out at once."""
    arrived = told is Event.RETURNED and claim.status is Status.PAID
    if told not in _DECISIONS or arrived:
        return False
    by_itself = claim.payout is not None and claim.payout.next_try_at is not None
    return claim.events[-1].role is Actor.REVIEWER or by_itself


def tell_code(
    claim: Claim | None,
    *,
    to: str,
    code: str,
    policy: Policy | None,
    at: datetime,
    good_until: datetime,
) -> OutboxMail:
    """Queue a one-use code to the address that it proves; the mail says nothing of the claim.

    The code stands in the subject, to be read from a phone's notification, and in no list of mails.
    Of a draft the mail has the link, by which its owner goes on with it anywhere. Without a
    ``claim`` it is for whoever looks for their claims: of one shop, or of all.
    """
    draft = claim is not None and claim.status is Status.DRAFT
    about = claim.reference if claim and not draft else None
    shop = policy.shop.name if policy else team.PORTAL
    with speaking_to(claim.language if claim else None):
        letter = render(
            Event.SIGN_IN_CODE,
            shop=shop,
            reference=about,
            link=status_link(claim.reference) if claim and draft else None,
            code=code,
            finds=claim is None,
        )
        listed = gettext("Your code for %(shop)s", shop=shop)
    return outbox.queue(
        letter,
        event=Event.SIGN_IN_CODE,
        to=to,
        sender=_sender(policy) if policy else team.sender(),
        about=about,
        at=at,
        good_until=good_until,
        listed_as=listed,
    )


@_in_its_language
def remind(
    claim: Claim, *, claimable_from: datetime, policy: Policy, at: datetime
) -> OutboxMail | None:
    """Queue the reminder that a too early claim can be sent; it leaves when that time comes.

    Asked for twice, the later asking stands. None where there is no address to write to.
    """
    if claim.email is None:
        return None
    outbox.cancel(about=claim.reference, event=Event.TOO_EARLY)
    context = {
        "subject": gettext("order %(order)s", order=claim.order_reference)
        if claim.order_reference
        else gettext("your balance"),
        "since": local(claimable_from, policy),
    }
    return _queue(claim, Event.TOO_EARLY, context, policy=policy, at=at, due_at=claimable_from)


def reminds(claim: Claim) -> bool:
    """Whether a reminder that this claim can be sent waits to leave."""
    return any(
        mail.event == Event.TOO_EARLY and mail.state is MailState.WAITING
        for mail in outbox.mails_about(claim.reference)
    )


def _queue(
    claim: Claim,
    event: Event,
    context: dict[str, Any],
    *,
    policy: Policy,
    at: datetime,
    due_at: datetime | None = None,
) -> OutboxMail:
    if claim.email is None:
        raise ValueError(f"claim {claim.reference} has no address to write to")
    letter = render(
        event,
        shop=policy.shop.name,
        reference=claim.reference,
        link=status_link(claim.reference),
        **context,
    )
    return outbox.queue(
        letter,
        event=event,
        to=claim.email,
        sender=_sender(policy),
        about=claim.reference,
        at=at,
        due_at=due_at,
    )


def _sender(policy: Policy) -> Sender:
    return Sender(name=policy.shop.sender.name, address=policy.shop.sender.email)
