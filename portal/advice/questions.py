"""What a person can be asked about a claim: each question with the facts that its answer settles.

An answer is given as facts: ``{"order.messages": 0}``. A fact answered with ``UNKNOWN`` was asked
for and is not known; ``top_ups`` and ``purchases`` are answered with their rows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from portal.advice.asked import ASKED, DOERS, asked_of
from portal.policy.deciding.case import Value
from portal.policy.deciding.document import Policy, Version
from portal.policy.deciding.plan import Plan
from portal.policy.facts.table import BALANCE_REASONS, BY_NAME, EVENTS, UNKNOWN, Type
from portal.policy.language.clause import Amount
from portal.policy.language.tree import Tree, reads, settled, words
from portal.policy.language.turning import Turn, turns

Answers = Mapping[str, object]


class QuestionKind(StrEnum):
    """How a question is answered."""

    CHOICE = "choice"
    SEVERAL = "several"
    MOMENT = "moment"
    MONEY = "money"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Question:
    """One question, by its ``name`` in addresses and in the words of a page.

    ``facts`` are what its answer settles. A choice has ``options``, each by its code with the facts
    that it settles; of ``several`` any may apply, and the facts of what does not are as in
    ``otherwise``. A moment may never have come where
    ``never``. It is asked only after the fact ``after``, where that is something, or ``being`` so. What
    is ``rare`` is asked together.
    """

    name: str
    kind: QuestionKind
    facts: tuple[str, ...]
    options: Mapping[str, Answers] = field(default_factory=dict)
    otherwise: Answers = field(default_factory=dict)
    never: bool = False
    after: str | None = None
    being: str | None = None
    rare: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """All that may be asked about a claim for one reason.

    ``turns`` says where its tests of times turn, ``words`` which words of a fact they name.
    """

    questions: tuple[Question, ...]
    turns: Mapping[str, tuple[Turn, ...]] = field(default_factory=dict)
    words: frozenset[tuple[str, object]] = frozenset()


_BLOCKED: Answers = {"account.status": "blocked", "account.block_reason": "rule_violation"}
_ACTIVE: Answers = {"account.status": "active", "account.block_reason": None}
_ACCOUNT = Question(
    "account",
    QuestionKind.CHOICE,
    ("account.status", "account.block_reason"),
    {
        "active": _ACTIVE,
        "deleted": {**_ACTIVE, "account.status": "deleted"},
        "blocked": _BLOCKED,
        "authorities": {**_BLOCKED, "account.block_reason": "authorities"},
    },
)
_LISTS = ("top_ups", "purchases")
_CHOICES = asked_of(Type.BOOL, Type.WORD)
_MOMENTS = asked_of(Type.TIME)
_RARE = asked_of(Type.BOOL, Type.WORD, Type.TIME, rare=True)
PRICE = Question("price", QuestionKind.MONEY, ("order.price",))
FEE = Question("processing_fee", QuestionKind.MONEY, ("order.processing_fee",))
WANTED = Question("wanted", QuestionKind.MONEY, ("claim.amount",), never=True)


def board(policy: Policy, version: Version, reason: Value, at: datetime) -> Board:
    """The questions whose facts the clauses for ``reason`` read.

    ``at`` stands for the time of an event of which no clause asks when it was.
    """
    if reason is UNKNOWN:
        offered = {each.code: {"claim.reason": each.code} for each in policy.shop.reasons}
        return Board((Question("reason", QuestionKind.CHOICE, ("claim.reason",), offered),))
    plan = version.program.plans[reason]
    trees = list(_trees(plan, reason))
    found: dict[str, list[Turn]] = {}
    for tree in trees:
        for turn in turns(tree, version.calendar):
            found.setdefault(turn.name, []).append(turn)
    read, timed = _read(trees, plan, reason), {*found}
    if "order.paid_from" in read:
        timed |= {*read} & {*_MOMENTS}
    named = frozenset(word for tree in trees for word in words(tree))
    asking = tuple(_questions(read, timed, named, policy, at))
    return Board(asking, {name: tuple(each) for name, each in found.items()}, named)


def _trees(plan: Plan, reason: Value) -> Iterator[Tree]:
    for rule in (*plan.overriding, *plan.denying, *plan.approving, *plan.methods):
        for test in (rule.clause.when, rule.clause.person_when):
            left = None if test is None else settled(test.tree, "claim.reason", reason)
            if left is not None and not isinstance(left, bool):
                yield left


def _read(trees: Iterable[Tree], plan: Plan, reason: Value) -> dict[str, None]:
    """Every fact that can matter: those of the conditions, of the amounts and of the steps."""
    read = dict.fromkeys(name for tree in trees for name in reads(tree))
    if {rule.pays for rule in plan.approving} & {Amount.BY_TIME, Amount.BY_DAYS}:
        read["order.outage_paid_time"] = None
    if plan.approving and reason not in BALANCE_REASONS:
        read["order.refunded_at"] = None
    if any(rule.goes_to is None for rule in plan.approving):
        read["claim.destination"] = None
    if any(rule.clause.remedy_asked for rule in plan.approving):
        read["claim.remedy"] = None
    below = {under: None for name in read for under in BY_NAME[name].stands_on}
    return read | below


def _questions(
    read: Mapping[str, None],
    timed: set[str],
    named: frozenset[tuple[str, object]],
    policy: Policy,
    at: datetime,
) -> Iterator[Question]:
    """The questions in the order in which a person would tell it, which settles equal ones."""
    if "order.kind" in read:
        yield _choice("order.kind")
    if "order.messages" in read:
        yield _sms(whose="order.service_message" in read)
    yield from _moments(read, timed, at)
    for event, actor in DOERS.items():
        if event in read or actor in read:
            yield from _done(event, actor, timed=event in timed, by=actor in read, at=at)
    actor, event = "order.disconnected_by", "order.disconnected_at"
    if "order.disconnect_cause" in read:
        known = actor if actor in read else event
        yield _choice("order.disconnect_cause", after=known)
    yield from (_choice(name) for name in _CHOICES if name in read)
    if "claim.payout.method" in read:
        methods = {method: method for method in policy.shop.payout_methods}
        method = _choice("claim.payout.method", methods)
        chosen = "claim.destination" in read
        yield replace(method, after="claim.destination", being="payout") if chosen else method
    yield from (Question(name, QuestionKind.ROWS, (name,)) for name in _LISTS if name in read)
    yield from _rare(read, named, at)


def _moments(read: Mapping[str, None], timed: set[str], at: datetime) -> Iterator[Question]:
    """When something was; of an event of which no clause asks when, only whether."""
    for name in _MOMENTS:
        if name in read and (name in timed or name not in EVENTS):
            label = ASKED[name].name
            yield Question(label, QuestionKind.MOMENT, (name,), never=name in EVENTS)
        elif name in read:
            yield _choice(name, {"yes": at, "no": None})


def _choice(
    name: str, values: Mapping[str, Value] | None = None, after: str | None = None
) -> Question:
    """The question of a fact; its answers say these ``values`` of it, or what the table has."""
    asked = ASKED[name]
    values = asked.settled() if values is None else values
    options = {code: {name: value} for code, value in values.items()}
    return Question(asked.name, QuestionKind.CHOICE, (name,), options, after=after)


def _sms(*, whose: bool) -> Question:
    """Whether an SMS came and, where a clause asks it, whether of the ordered service."""
    if not whose:
        return _choice("order.messages")
    names = ("order.messages", "order.service_message")
    values = {"no": (0, False), "yes": (1, True), "other": (1, False), "some": (1, UNKNOWN)}
    options = {code: dict(zip(names, pair, strict=True)) for code, pair in values.items()}
    return Question("sms_of_service", QuestionKind.CHOICE, names, options)


def _done(event: str, actor: str, *, timed: bool, by: bool, at: datetime) -> Iterator[Question]:
    """Whether an event happened and who caused it; when, only where a clause asks when."""
    label, when = ASKED[event].name, BY_NAME[event].asks_when
    if not by:
        asked = Question(label, QuestionKind.MOMENT, (event,), never=True)
        yield asked if timed else _choice(event, {"yes": at, "no": None})
        return
    options: dict[str, Answers] = {"no": {event: None, actor: None}}
    for who in BY_NAME[actor].values:
        options[who] = {actor: who} if timed else {event: at, actor: who}
    yield Question(label, QuestionKind.CHOICE, (actor,) if timed else (actor, event), options)
    if timed and when:
        yield Question(when.name, QuestionKind.MOMENT, (event,), after=actor)


def _rare(
    read: Mapping[str, None], named: frozenset[tuple[str, object]], at: datetime
) -> Iterator[Question]:
    """What rarely applies; where an account can be in more than one bad way, a question by itself."""
    states = {word for word in named if word[0] in ("account.status", "account.block_reason")}
    blocked_alone = states <= {*_BLOCKED.items()}
    if not blocked_alone:
        yield _ACCOUNT
    for name in _RARE:
        applies, does_not = _ways(name, at)
        if {*applies} & {*read} and (blocked_alone or applies is not _BLOCKED):
            both, label = {"yes": applies, "no": does_not}, ASKED[name].name
            yield Question(label, QuestionKind.CHOICE, tuple(applies), both, does_not, rare=True)


def _ways(name: str, at: datetime) -> tuple[Answers, Answers]:
    """The facts where what rarely applies does, and where it does not; an event was at ``at``."""
    if name == "account.block_reason":
        return _BLOCKED, _ACTIVE
    values = {"yes": at, "no": None} if name in EVENTS else ASKED[name].settled()
    return {name: values["yes"]}, {name: values["no"]}


def together(questions: Sequence[Question]) -> Question:
    """Questions of what rarely applies as one: which of it does."""
    if len(questions) == 1:
        return questions[0]
    options = {each.name: each.options["yes"] for each in questions}
    otherwise = {name: value for each in questions for name, value in each.otherwise.items()}
    return Question(
        "applies", QuestionKind.SEVERAL, tuple(otherwise), options, otherwise, rare=True
    )
