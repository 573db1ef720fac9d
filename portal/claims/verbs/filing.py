"""What the claimant does: drafts a claim, sends it, completes it, withdraws it, appeals."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Unpack

from sqlalchemy.orm.attributes import set_committed_value

from portal.claims import answering
from portal.claims.answering import GivenAnswers
from portal.claims.clocks.promises import await_nobody, await_person
from portal.claims.decisions.casefile import freeze_logs, logs_of
from portal.claims.decisions.ownership import keep_owners, open_beside, open_keys
from portal.claims.decisions.requirements import still_missing
from portal.claims.decisions.returned import look_back
from portal.claims.letters import notices, to_team
from portal.claims.lifecycle import (
    Action,
    Actor,
    Clock,
    EvidenceState,
    NotAllowed,
    Status,
    next_status,
)
from portal.claims.models import Claim
from portal.claims.payout.fields import Method
from portal.claims.payout.payee import forget_payee
from portal.claims.payout.terms import terms_shown
from portal.claims.payout.ways import takes_refund
from portal.claims.queue.incidents import watch
from portal.claims.refusals import AlreadyOpen, AppealRefused, Incomplete
from portal.claims.verbs.judging import judge_and_place, verdict
from portal.claims.verbs.offering import take_offer_back
from portal.claims.verbs.turns import give_by_turn
from portal.database import hold
from portal.email_addresses import email_key
from portal.extensions import db
from portal.ledger.payout import GONE, UNDER_WAY, Step
from portal.policy.deciding.document import OfferedReason, Policy
from portal.policy.facts.table import ALL
from portal.records.looking import look_again
from portal.records.models import Order, reference_key
from portal.translation import gettext

# No letter or digit that is mistaken for another when read aloud.
ALPHABET = "23456789ABCDEFGHJKMNPQRTUVWXYZ"
KEY_LENGTH = 80


def new_reference() -> str:
    """A claim's name, such as 7K3F-9QXM: easy to read aloud, no secret."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def order_key(reference: str) -> str:
    """An order's reference without case, spaces and dashes, so that typing it differently is no new order."""
    # A sign may have three capitals, as the ligature of ffi has: the column takes 80.
    return reference_key(reference)[:KEY_LENGTH]


def start(
    *,
    shop: str,
    order_reference: str,
    email: str | None,
    at: datetime,
    account_id: str | None = None,
    vouched: bool = False,
    **said: Unpack[GivenAnswers],
) -> Claim:
    """Begin a draft; it shows nothing of any order until the address is confirmed.

    ``account_id`` is the shop's own id of the account; ``vouched`` where the shop says whose it is,
    so that no code has to. ``said`` is what was answered already.
    """
    claim = Claim(reference=new_reference(), shop=shop, created_at=at)
    db.session.add(claim)
    name_order(claim, order_reference=order_reference, email=email)
    claim.account_id = account_id
    answering.answer(claim, **said)
    if vouched:
        vouch(claim, at=at)
    db.session.flush()
    set_committed_value(claim, "evidence", [])  # there are none: they need not be read
    return claim


def name_order(claim: Claim, *, order_reference: str, email: str | None) -> None:
    """Say which order and whose account; a new address has to be confirmed again, and has no id."""
    address = email_key(email) if email else None
    if claim.email != address:
        claim.email_confirmed_at = claim.account_id = None
    claim.email = address
    claim.order_reference = order_reference.strip() or None
    claim.order_key = order_key(order_reference) or None


def rename_order(claim: Claim, *, order_reference: str) -> None:
    """Say which order a claim that was sent is about: of another one than before the logs are read anew."""
    before = claim.order_key
    name_order(claim, order_reference=order_reference, email=claim.email)
    if claim.order_key != before:
        claim.outage = None  # recorded of the order before
        hold_logs(claim)
        freeze_logs(claim)


def confirm_address(claim: Claim, *, at: datetime) -> None:
    """The code sent to the claim's address was entered: its holder may see the order's logs.

    Raises AlreadyOpen when the order has an open claim of this holder.
    """
    claim.email_confirmed_at = at
    refuse_second(claim)


def vouch(claim: Claim, *, at: datetime) -> None:
    """The shop itself says whose claim it is: its holder may see the order's logs, without a code."""
    claim.email_confirmed_at = at


def choose_reason(claim: Claim, *, reason: OfferedReason, policy: Policy) -> None:
    """Say what happened; answers that this reason doesn't ask for are dropped, so that they decide nothing.

    So are the words of another reason that stood for a description. Raises AlreadyOpen.
    """
    claim.reason = reason.code
    if claim.description in {each.label for each in policy.shop.reasons}:
        claim.description = None
    kept = {*reason.asks, "claim.order_reference"}
    answering.forget_answers(
        claim, names=[f.form.name for f in ALL if f.form and f.name not in kept]
    )
    refuse_second(claim)


def read_logs(claim: Claim) -> None:
    """Look into the shop's records for the holder; what they say now is what the draft is judged by.

    Nothing is stored: only sending a claim freezes what the logs said.
    """
    facts = logs_of(claim)
    set_committed_value(claim, "order_known", bool(facts))
    set_committed_value(claim, "facts", facts)
    returns = [each.as_json() for each in look_back(claim)] if facts else []
    set_committed_value(claim, "returned", returns)


def hold_logs(claim: Claim) -> None:
    """Read the logs as they stay until the transaction ends: no import says meanwhile whose order it is."""
    keep_owners(claim)
    read_logs(claim)


def refuse_second(claim: Claim) -> None:
    """Raise AlreadyOpen when another open claim of this account is about the same order."""
    if reference := open_beside(claim):
        raise AlreadyOpen(reference)


def hold_order(claim: Claim) -> None:
    """Make this the order's open claim; AlreadyOpen also where another was sent at the same moment."""
    keys = open_keys(claim)
    hold(
        *(f"open claim {key}" for key in keys)
    )  # the quicker one is committed then, and can be named
    refuse_second(claim)
    claim.open_key = keys[0]


def confirm_terms(claim: Claim, *, at: datetime) -> None:
    """The claimant says what the shop's ``terms`` say: that it is true and they read the policy."""
    claim.terms_confirmed_at = at


def submit(
    claim: Claim, *, policy: Policy, at: datetime, looked: bool = False, alone: bool = True
) -> None:
    """Send the draft: freeze the logs, decide, and put the claim where the policy sends it.

    A claim that was sent already is left alone, so a second click does nothing. ``looked`` where
    hold_logs() was called in this very transaction: the logs are not read again. One that is not sent
    ``alone`` is watched for incidents and given by turns by the caller, after all are decided: both
    hold what other customers' claims wait for. Raises Incomplete, or AlreadyOpen when another claim
    about the order is open.
    """
    if claim.status is not Status.DRAFT:
        return
    for field in ("email_confirmed_at", "reason", "terms_confirmed_at"):
        if getattr(claim, field) is None:
            raise Incomplete(field)
    for told in ("events", "decisions", "rulings", "payouts", "replacements"):
        set_committed_value(claim, told, [])  # a draft has none: they need not be read
    with db.session.no_autoflush:  # nothing that is read here hangs on what is still to be written
        if not looked:
            hold_logs(claim)
        claim.account_id = claim.account_id or claim.facts.get("account", {}).get("id")
        hold_order(claim)
        freeze_logs(claim)
        claim.submitted_at = at
        forget_closed_way(claim, policy=policy, at=at)
        claim.move(
            Action.SUBMIT, role=Actor.CUSTOMER, at=at, data=terms_shown(claim, policy=policy)
        )
        judge_and_place(claim, policy=policy, at=at, cause=Action.SUBMIT)
        if alone:
            watch(claim, shop=policy.shop)
    if alone:
        give_by_turn(claim, policy=policy, at=at)


def supply(claim: Claim, *, paths: Iterable[str], policy: Policy, at: datetime) -> None:
    """Of what was asked for, these were given; the rest stays missing.

    Raises Incomplete for those that the policy finds missing all the same.
    """
    given = set(paths)
    if still := given.intersection(verdict(claim, policy=policy, at=at).missing):
        raise Incomplete(*sorted(still))
    claim.missing = [path for path in claim.missing if path not in given]


def give(claim: Claim, *, policy: Policy, at: datetime) -> list[str]:
    """What the customer still owes; where that is nothing, the claim is decided again."""
    left = still_missing(claim)
    if not left:
        complete(claim, policy=policy, at=at)
    return left


def complete(claim: Claim, *, policy: Policy, at: datetime) -> None:
    """The customer gave what was missing: the claim is decided again.

    Where a person had asked, the review's clock starts anew from here (docs/case-and-decision.md, deadlines).
    Raises AlreadyOpen when the order it names by now has another open claim.
    """
    hold_order(claim)
    forget_closed_way(claim, policy=policy, at=at)
    claim.move(
        Action.ANSWER,
        role=Actor.CUSTOMER,
        at=at,
        data=terms_shown(claim, policy=policy, anew=False),
    )
    if "information_requested_at" in claim.findings:
        claim.findings = claim.findings | {"information_given_at": at.isoformat()}
    judge_and_place(claim, policy=policy, at=at, cause=Action.ANSWER)
    give_by_turn(claim, policy=policy, at=at)


def withdraw(claim: Claim, *, policy: Policy, at: datetime) -> None:
    """Cancel the claim; NotAllowed once it is decided."""
    payout = claim.payout
    if payout and payout.state in UNDER_WAY:
        raise NotAllowed(claim.status, Action.WITHDRAW, Actor.CUSTOMER)
    claim.move(Action.WITHDRAW, role=Actor.CUSTOMER, at=at)
    if payout and payout.counts and payout.state not in GONE:
        payout.move(Step.CANCEL, at=at)
        take_offer_back(claim)
    claim.open_key = None
    await_nobody(claim)
    look_again(Order.shop == claim.shop, Order.reference_key == claim.order_key)
    notices.tell(claim, "withdrawn", policy=policy, at=at)


def appeal(claim: Claim, *, text: str, policy: Policy, at: datetime) -> None:
    """Ask another reviewer to look again, once, in time; with something new where the shop wants that.

    Raises AppealRefused when it is late or brings no new file (``appeal_needs_file``, NP-6.1), AlreadyOpen when the order has
    another open claim by now, NotAllowed when the decision is final.
    """
    next_status(claim.status, Action.APPEAL, Actor.CUSTOMER)
    if not claim.open_to_appeal(at=at):
        raise AppealRefused(gettext("The time to appeal is over."))
    if policy.shop.appeal_needs_file and not any(
        file.on_appeal and file.state is not EvidenceState.REFUSED for file in claim.evidence
    ):
        raise AppealRefused(gettext("Add at least one new file that shows what happened."))
    hold_order(claim)
    claim.move(Action.APPEAL, role=Actor.CUSTOMER, at=at, note=text)
    claim.appealed_at = at
    claim.appeal_text = text
    claim.review_due_at, claim.clock = at + policy.shop.appeal_review, Clock.OWN
    await_person(claim)
    to_team.tell_of_appeal(claim, policy=policy, at=at)
    give_by_turn(claim, policy=policy, at=at)
    notices.tell(claim, "appeal_received", policy=policy, at=at)


def forget_closed_way(claim: Claim, *, policy: Policy, at: datetime) -> None:
    """Drop "the way you paid" where that takes no refund, so that another way is asked for."""
    if claim.payout_method == Method.ORIGINAL and not takes_refund(claim, policy=policy, at=at):
        forget_payee(claim)
