"""The one table of a claim's life: (status, action) -> (who may, what it becomes)."""

from enum import StrEnum


class Status(StrEnum):
    """Where a claim stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"  # only inside the transaction in which the policy decides
    NEEDS_INFORMATION = "needs_information"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PAYOUT_FAILED = "payout_failed"
    PAID = "paid"
    DECLINED = "declined"
    APPEALED = "appealed"
    CLOSED = "closed"  # declined for good: the appeal's decision is final
    WITHDRAWN = "withdrawn"


class EvidenceState(StrEnum):
    """Checking until the worker has re-encoded the file; nobody is shown it before."""

    CHECKING = "checking"
    READY = "ready"
    REFUSED = "refused"


class Origin(StrEnum):
    """Who filed a claim: its customer, or nobody had to ask since the policy owes it by itself."""

    CUSTOMER = "customer"
    POLICY = "policy"


class Action(StrEnum):
    """What somebody does to a claim."""

    SUBMIT = "submit"
    FILE = "file"  # by the policy itself: it is owed, and nobody asked
    ASK = "ask"
    ANSWER = "answer"
    REFER = "refer"
    APPROVE = "approve"
    DECLINE = "decline"
    LAPSE = "lapse"
    JUDGE_AGAIN = "judge_again"  # time alone changed what the policy says
    ADD_EVIDENCE = "add_evidence"
    RECORD_FINDING = "record_finding"
    RECORD_OUTAGE = "record_outage"  # of the incident of which it is
    WITHDRAW = "withdraw"
    APPEAL = "appeal"
    UPHOLD = "uphold"  # an appeal about a part: it stays owed as it was
    UPHOLD_PAID = "uphold_paid"  # or, paid already, the claim ends with it
    UPHOLD_FAILED = "uphold_failed"  # or, come back meanwhile, its failure is still to be mended
    MARK_PAID = "mark_paid"
    MARK_FAILED = "mark_failed"
    ARRIVE = "arrive"  # the rail says that the money is there
    BOUNCE = "bounce"  # or that it did not get there
    RETRY = "retry"  # a person has it tried once more
    HOLD = "hold"  # the payout stops for a person
    RELEASE = "release"  # and goes on
    REVEAL = "reveal"  # a person who pays looks at the payout details in full
    CORRECT_PAYOUT = "correct_payout"  # after a payout failed
    TRY_AGAIN = "try_again"  # after its owner mended what the shop said of their account
    CHANGE_PAYOUT = "change_payout"  # before it is paid
    EXTEND = "extend"
    UNDO = "undo"  # a decision that nobody was told of yet, the first one
    UNDO_APPEAL = "undo_appeal"  # or an appeal's
    REOPEN = "reopen"  # a decision that was told is taken back, for a reason its owner reads
    REVERSE = "reverse"  # a payment no longer counts: a person says so
    COME_BACK = "come_back"  # or the bank sent it back
    ACCEPT_REPLACEMENT = "accept_replacement"
    REFUSE_REPLACEMENT = "refuse_replacement"  # and have the price back
    END_OFFER = "end_offer"  # nobody answered it in time
    CORRECT_REFERENCE = "correct_reference"  # a payment's reference was mistyped
    ASSIGN = "assign"  # who has it in hand: taken, handed over or put back
    GIVE_OUT = "give_out"  # or it is given by turns (verbs/turns.py), or goes back
    NOTE = "note"  # for colleagues
    ASK_ACCESS = "ask_access"  # to the customer's host, for a while (AC-R4)
    GRANT_ACCESS = "grant_access"
    REFUSE_ACCESS = "refuse_access"
    LOOK_AT_ACCESS = "look_at_access"  # a person looks at how one gets in
    END_ACCESS = "end_access"  # it was used: what opens the host is deleted
    FORGET_ACCESS = "forget_access"  # or its time is over
    ASK_IDENTITY = "ask_identity"  # for identity documents (CN-V.N3, DV-CN2)
    GIVE_IDENTITY = "give_identity"
    REFUSE_IDENTITY = "refuse_identity"
    FORGET_IDENTITY = "forget_identity"  # their time is over: they are deleted
    BLACK_OUT = "black_out"  # its owner, parts of a picture that nobody was to decide by yet
    REDACT = "redact"  # a person, parts of a picture
    RESTORE = "restore"  # and that is taken back, while the picture is still kept as it was
    FORGET_ORIGINAL = "forget_original"  # its time is over: it is deleted
    WARN = "warn"  # colleagues are told that little of a clock is left
    RUN_LATE = "run_late"  # its owner is told that a date has passed
    END_APPEAL = "end_appeal"  # nobody appealed in time: the refusal stands
    PRESERVE = "preserve"  # legal hold: nothing of it is deleted
    END_PRESERVING = "end_preserving"
    ERASE = "erase"  # what is personal goes: its time is over, or its owner asked


class Actor(StrEnum):
    """Who acts: the claimant, the policy, a reviewer, one with the right to pay, a lead, or the way money leaves by."""

    CUSTOMER = "customer"
    POLICY = "policy"
    REVIEWER = "reviewer"
    PAYER = "payer"
    RAIL = "rail"
    LEAD = "lead"


class Clock(StrEnum):
    """Whose the clock of a claim is that waits for a person."""

    STATED = "stated"  # a clause of its policy says by when
    OWN = "own"  # none does: the portal's own target, late for nobody
    PAUSED = "paused"  # it stands still while something is awaited


class NotAllowed(Exception):
    """This action isn't open from this status to this role."""

    def __init__(self, status: Status, action: Action, role: Actor) -> None:
        super().__init__(f"{role} can't {action} a claim that is {status}")
        self.status, self.action, self.role = status, action, role


S, A, R = Status, Action, Actor

TRANSITIONS: dict[tuple[Status, Action], tuple[Actor, Status]] = {
    (S.DRAFT, A.SUBMIT): (R.CUSTOMER, S.SUBMITTED),
    (S.DRAFT, A.FILE): (R.POLICY, S.SUBMITTED),
    (S.SUBMITTED, A.ASK): (R.POLICY, S.NEEDS_INFORMATION),
    (S.SUBMITTED, A.REFER): (R.POLICY, S.IN_REVIEW),
    (S.SUBMITTED, A.APPROVE): (R.POLICY, S.APPROVED),
    (S.NEEDS_INFORMATION, A.ANSWER): (R.CUSTOMER, S.SUBMITTED),
    (S.NEEDS_INFORMATION, A.ADD_EVIDENCE): (R.CUSTOMER, S.NEEDS_INFORMATION),
    (S.NEEDS_INFORMATION, A.WITHDRAW): (R.CUSTOMER, S.WITHDRAWN),
    (S.NEEDS_INFORMATION, A.LAPSE): (R.POLICY, S.DECLINED),
    (S.NEEDS_INFORMATION, A.JUDGE_AGAIN): (R.POLICY, S.SUBMITTED),
    (S.IN_REVIEW, A.JUDGE_AGAIN): (R.POLICY, S.SUBMITTED),
    (S.IN_REVIEW, A.RECORD_FINDING): (R.REVIEWER, S.IN_REVIEW),
    (S.IN_REVIEW, A.APPROVE): (R.REVIEWER, S.APPROVED),
    (S.IN_REVIEW, A.DECLINE): (R.REVIEWER, S.DECLINED),
    (S.IN_REVIEW, A.ASK): (R.REVIEWER, S.NEEDS_INFORMATION),
    (S.IN_REVIEW, A.ADD_EVIDENCE): (R.CUSTOMER, S.IN_REVIEW),
    (S.IN_REVIEW, A.WITHDRAW): (R.CUSTOMER, S.WITHDRAWN),
    (S.DECLINED, A.APPEAL): (R.CUSTOMER, S.APPEALED),
    (S.APPEALED, A.JUDGE_AGAIN): (R.POLICY, S.APPEALED),
    (S.APPEALED, A.RECORD_FINDING): (R.REVIEWER, S.APPEALED),
    (S.APPEALED, A.APPROVE): (R.REVIEWER, S.APPROVED),
    (S.APPEALED, A.DECLINE): (R.REVIEWER, S.CLOSED),
    (S.APPEALED, A.ASK): (R.REVIEWER, S.APPEALED),  # for a file or where it goes
    (S.APPEALED, A.UPHOLD): (R.REVIEWER, S.APPROVED),
    (S.APPEALED, A.UPHOLD_PAID): (R.REVIEWER, S.PAID),
    (S.APPEALED, A.UPHOLD_FAILED): (R.REVIEWER, S.PAYOUT_FAILED),
    (S.APPEALED, A.ADD_EVIDENCE): (R.CUSTOMER, S.APPEALED),
    (S.APPEALED, A.WITHDRAW): (R.CUSTOMER, S.WITHDRAWN),
    (S.APPROVED, A.MARK_PAID): (R.PAYER, S.PAID),
    (S.APPROVED, A.MARK_FAILED): (R.PAYER, S.PAYOUT_FAILED),
    (S.APPROVED, A.APPEAL): (R.CUSTOMER, S.APPEALED),
    (S.PAID, A.APPEAL): (R.CUSTOMER, S.APPEALED),
    (S.APPROVED, A.EXTEND): (R.REVIEWER, S.APPROVED),
    **{
        (at, A.CHANGE_PAYOUT): (R.CUSTOMER, at)
        for at in (S.NEEDS_INFORMATION, S.IN_REVIEW, S.APPEALED, S.APPROVED)
    },
    (S.APPROVED, A.ARRIVE): (R.RAIL, S.PAID),
    (S.PAYOUT_FAILED, A.ARRIVE): (R.RAIL, S.PAID),  # said after a person said that it failed
    (S.APPROVED, A.BOUNCE): (R.RAIL, S.PAYOUT_FAILED),
    (S.APPEALED, A.ARRIVE): (R.RAIL, S.APPEALED),  # of the part that was under way
    (S.APPEALED, A.BOUNCE): (R.RAIL, S.APPEALED),
    (S.APPEALED, A.MARK_PAID): (R.PAYER, S.APPEALED),
    (S.APPEALED, A.MARK_FAILED): (R.PAYER, S.APPEALED),
    (S.APPROVED, A.HOLD): (R.RAIL, S.APPROVED),
    (S.APPROVED, A.RELEASE): (R.PAYER, S.APPROVED),
    (S.APPROVED, A.RETRY): (R.PAYER, S.APPROVED),  # what only waited is tried at once
    (S.PAYOUT_FAILED, A.RETRY): (R.PAYER, S.APPROVED),
    **{(at, A.REVEAL): (R.PAYER, at) for at in (S.APPROVED, S.PAYOUT_FAILED)},
    (S.PAYOUT_FAILED, A.CORRECT_PAYOUT): (R.CUSTOMER, S.APPROVED),
    (S.PAYOUT_FAILED, A.TRY_AGAIN): (R.CUSTOMER, S.APPROVED),
    **{(at, A.UNDO): (R.REVIEWER, S.IN_REVIEW) for at in (S.APPROVED, S.DECLINED, S.PAID)},
    (S.APPROVED, A.UNDO_APPEAL): (R.REVIEWER, S.APPEALED),
    (S.CLOSED, A.UNDO_APPEAL): (R.REVIEWER, S.APPEALED),
    (S.PAID, A.UNDO_APPEAL): (R.REVIEWER, S.APPEALED),
    (S.APPROVED, A.REOPEN): (R.LEAD, S.IN_REVIEW),
    (S.PAYOUT_FAILED, A.REOPEN): (R.LEAD, S.IN_REVIEW),
    (S.DECLINED, A.REOPEN): (R.LEAD, S.IN_REVIEW),
    (S.IN_REVIEW, A.UPHOLD_PAID): (R.REVIEWER, S.PAID),  # decided anew: a part stays paid
    **{
        (before, action): (who, S.IN_REVIEW)
        for action, who in ((A.REVERSE, R.PAYER), (A.COME_BACK, R.RAIL))
        for before in (S.PAID, S.APPROVED, S.PAYOUT_FAILED, S.APPEALED, S.IN_REVIEW, S.WITHDRAWN)
    },
    (S.APPROVED, A.ACCEPT_REPLACEMENT): (R.CUSTOMER, S.APPROVED),
    (S.APPROVED, A.REFUSE_REPLACEMENT): (R.CUSTOMER, S.APPROVED),
    (S.PAYOUT_FAILED, A.REFUSE_REPLACEMENT): (R.CUSTOMER, S.APPROVED),
    (S.APPROVED, A.END_OFFER): (R.POLICY, S.APPROVED),
    **{(at, A.CORRECT_REFERENCE): (R.PAYER, at) for at in (S.PAID, S.APPEALED, S.APPROVED)},
    **{(at, A.ASSIGN): (R.REVIEWER, at) for at in (S.NEEDS_INFORMATION, S.IN_REVIEW, S.APPEALED)},
    **{(at, A.GIVE_OUT): (R.POLICY, at) for at in (S.NEEDS_INFORMATION, S.IN_REVIEW, S.APPEALED)},
    **{(at, A.WARN): (R.POLICY, at) for at in (S.IN_REVIEW, S.APPROVED)},
    **{(at, A.RUN_LATE): (R.POLICY, at) for at in (S.IN_REVIEW, S.APPROVED)},
    (S.DECLINED, A.END_APPEAL): (R.POLICY, S.DECLINED),
    **{
        (status, A.BLACK_OUT): (R.CUSTOMER, status)
        for status in (S.DRAFT, S.NEEDS_INFORMATION, S.DECLINED, S.APPROVED, S.PAID)
    },
    **{
        (status, action): (who, status)
        for action, who in (
            (A.NOTE, R.REVIEWER),
            (A.FORGET_IDENTITY, R.POLICY),
            (A.REDACT, R.REVIEWER),
            (A.RESTORE, R.LEAD),
            (A.FORGET_ORIGINAL, R.POLICY),
            (A.ERASE, R.POLICY),
            (A.PRESERVE, R.LEAD),
            (A.END_PRESERVING, R.LEAD),
        )
        for status in Status
        if status not in {S.DRAFT, S.SUBMITTED}
    },
    **{
        (status, action): (who, status)
        for action, who in (
            (A.RECORD_OUTAGE, R.REVIEWER),
            (A.ASK_ACCESS, R.REVIEWER),
            (A.GRANT_ACCESS, R.CUSTOMER),
            (A.REFUSE_ACCESS, R.CUSTOMER),
            (A.LOOK_AT_ACCESS, R.REVIEWER),
            (A.ASK_IDENTITY, R.REVIEWER),
            (A.GIVE_IDENTITY, R.CUSTOMER),
            (A.REFUSE_IDENTITY, R.CUSTOMER),
        )
        for status in (S.IN_REVIEW, S.APPEALED)
    },
    **{
        (status, action): (who, status)
        for action, who in ((A.END_ACCESS, R.REVIEWER), (A.FORGET_ACCESS, R.POLICY))
        for status in (S.NEEDS_INFORMATION, S.IN_REVIEW, S.APPEALED)
    },
}
# Told to colleagues alone: whoever has it open goes on, and a decision before it is still the last act.
ASIDE = frozenset({
    A.REVEAL, A.LOOK_AT_ACCESS, A.ASSIGN, A.GIVE_OUT, A.NOTE, A.WARN, A.PRESERVE, A.END_PRESERVING,
})  # fmt: skip
# Beside those: its owner reads it, and no decision rests on it.
QUIET = ASIDE | {A.RUN_LATE, A.FORGET_IDENTITY, A.FORGET_ORIGINAL, A.ERASE}
# What may follow the last thing that was done, and changes nothing of it.
AFTERWARDS = QUIET | {A.END_APPEAL, A.BLACK_OUT, A.REDACT, A.RESTORE}
# What asks a customer for something, and what a customer does who was asked.
ASKS = frozenset({A.ASK, A.ASK_ACCESS, A.ASK_IDENTITY})
ANSWERS = frozenset({
    A.ANSWER, A.ADD_EVIDENCE, A.CHANGE_PAYOUT, A.GRANT_ACCESS, A.REFUSE_ACCESS, A.GIVE_IDENTITY, A.REFUSE_IDENTITY,
})  # fmt: skip

WAITING = frozenset({S.IN_REVIEW, S.APPEALED})  # for a reviewer's decision: the queue
# A person decides anew what was decided before, whatever the policy says of it by itself.
ANEW = frozenset({A.REOPEN, A.REVERSE, A.COME_BACK})
# Nobody looks into anything any more: what opens a customer's host is deleted.
SETTLED = frozenset(Status) - WAITING - {S.DRAFT, S.SUBMITTED, S.NEEDS_INFORMATION}
# Nothing more happens by itself; the order is free for another claim.
ENDED = frozenset({S.PAID, S.CLOSED, S.WITHDRAWN, S.DECLINED})


def next_status(status: Status, action: Action, role: Actor) -> Status:
    """The status that follows; NotAllowed when the table has no such row for this role."""
    row = TRANSITIONS.get((status, action))
    if row is None or row[0] is not role:
        raise NotAllowed(status, action, role)
    return row[1]


def actions_open_to(status: Status, role: Actor) -> frozenset[Action]:
    """What this role may do now: the same table read the other way, so it draws the buttons."""
    return frozenset(
        action for (at, action), (who, _) in TRANSITIONS.items() if at is status and who is role
    )


def clock_of(status: Status, clock: Clock | None) -> Clock:
    """Whose clock the next step of a claim in this status has; ``clock`` is its review's."""
    if status is Status.NEEDS_INFORMATION:
        return Clock.PAUSED
    return clock if clock and status in WAITING else Clock.STATED


def diagram() -> str:
    """The table as a Mermaid state diagram, for docs/lifecycle.md: all but what is done aside."""
    lines = ["stateDiagram-v2", f"    [*] --> {S.DRAFT}"]
    lines += [
        f"    {status} --> {after}: {action} ({role})"
        for (status, action), (role, after) in TRANSITIONS.items()
        if action not in ASIDE
    ]
    lines += [f"    {status} --> [*]" for status in (S.PAID, S.CLOSED, S.WITHDRAWN)]
    return "\n".join(lines) + "\n"
