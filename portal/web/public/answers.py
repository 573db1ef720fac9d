"""Answers in an address: read, checked, and walked through in the order in which they are asked for.

A question's name is the name of its answer: ``reason=other&sms=no&ordered=2026-03-02T10:00``.
Only answers to questions that come up on the way count; whatever else an address holds is left out.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from portal.advice.next_question import ForeseenVerdict, next_step
from portal.advice.questions import Question, QuestionKind
from portal.claims.payout.fields import Method
from portal.mail.letters import moment
from portal.money import Money, MoneyError
from portal.policy.deciding.case import CasePurchase, CaseTopUp
from portal.policy.deciding.document import Policy
from portal.policy.facts.table import UNKNOWN
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.fields import amount_typed
from portal.web.public.asking_words import DO_NOT_KNOW, WORDS

Pairs = list[tuple[str, str]]

UNKNOWN_CODE, NEVER_CODE, NONE_CODE = "unknown", "never", "none"
COLUMNS = {
    "top_ups": ("at", "amount", "back"),
    "purchases": ("at", "amount", "activated", "returned"),
}
MOST_ROWS = 20
_LONGEST = 40
_FIRST_YEAR, _LAST_YEAR = 1990, 2999
_FLAGS = {"yes": True, "no": False}
# The first of two times is never the later one.
_IN_ORDER = (
    ("order.ordered_at", "order.expires_at"),
    ("order.ordered_at", "order.cancelled_at"),
    ("order.ordered_at", "order.unavailable_at"),
    ("order.paid_from", "order.paid_until"),
    ("order.outage_reported_at", "order.outage_ended_at"),
)
_WHEN = _("Enter the day and the time, or choose another answer")


class Refused(ValueError):
    """An answer that cannot be read; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answered question: its name, its words, the answer's, and how an address says it."""

    name: str
    title: str
    answer: str
    pairs: Pairs


@dataclass(slots=True)
class Walk:
    """Where the answers of an address lead: what was told on the way, and the step they end at.

    ``asked`` has the words in which each fact was asked for. ``given`` is what was sent for the
    question to be asked, ``error`` why that is no answer; ``later`` are answers to questions that
    may come up after it.
    """

    step: Question | ForeseenVerdict
    answers: dict[str, object] = field(default_factory=dict)
    told: list[GivenAnswer] = field(default_factory=list)
    asked: dict[str, str] = field(default_factory=dict)
    given: Pairs = field(default_factory=list)
    later: Pairs = field(default_factory=list)
    error: str = ""

    @property
    def kept(self) -> Pairs:
        """Every answer but the one that is asked for."""
        return [pair for told in self.told for pair in told.pairs] + self.later


def walk(policy: Policy, sent: MultiDict[str, str], *, at: datetime) -> Walk:
    """Ask each question of ``policy`` in its turn, for as long as ``sent`` has its answer.

    ``asked`` names the question that a form was about, ``change`` one to be asked again. Raises
    CaseError before the policy's first version.
    """
    way = Walk(next_step({}, policy, at=at))
    again = {sent.get("change"), sent.get("more")}
    while not isinstance(way.step, ForeseenVerdict):
        question = way.step
        pairs = _pairs(question, sent)
        if question.name in again:
            break
        try:
            read = _read(question, pairs, policy, submitted=sent.get("asked") == question.name)
            _fits(read[0] if read else {}, way)
        except Refused as refusal:
            way.error = str(refusal)
            break
        if read is None:
            break
        facts, words, pairs = read
        way.told.append(GivenAnswer(question.name, WORDS[question.name].title, words, pairs))
        way.answers |= facts
        way.asked |= _asked(question)
        way.step = next_step(way.answers, policy, at=at)
    if not isinstance(way.step, ForeseenVerdict):
        way.given = _pairs(way.step, sent)
        passed = {told.name for told in way.told} | {way.step.name}
        names = [name for name in WORDS if name not in passed]
        way.later = [pair for name in names for pair in _sent(name, sent)]
    return way


def _fits(facts: Mapping[str, object], way: Walk) -> None:
    """Raise Refused for a time that cannot be, with another one that was told before."""
    for pair in _IN_ORDER:
        first, second = (facts.get(name, way.answers.get(name)) for name in pair)
        if not (isinstance(first, datetime) and isinstance(second, datetime) and first > second):
            continue
        before = next((way.asked[name] for name in pair if name not in facts), None)
        if before is not None:
            raise Refused(
                gettext(
                    "This does not fit your answer to “%(before)s” Change one of the two",
                    before=before,
                )
            )


def _asked(question: Question) -> dict[str, str]:
    """The words in which a question asks for each of its facts."""
    if question.kind is not QuestionKind.SEVERAL:
        return dict.fromkeys(question.facts, WORDS[question.name].title)
    return {fact: WORDS[code].title for code, sets in question.options.items() for fact in sets}


def _pairs(question: Question, sent: MultiDict[str, str]) -> Pairs:
    return _sent(question.name, sent)


def _sent(name: str, sent: MultiDict[str, str]) -> Pairs:
    names = (name, *(f"{name}.{column}" for column in COLUMNS.get(name, ())))
    return [(each, value[:_LONGEST]) for each in names for value in sent.getlist(each)[-MOST_ROWS:]]


def _read(
    question: Question, pairs: Pairs, policy: Policy, *, submitted: bool
) -> tuple[Mapping[str, object], str, Pairs] | None:
    """The facts of an answer, its words, and how an address says it; None where there is none.

    Raises Refused for one that cannot be read, and where a form came back without one.
    """
    code = next((value for name, value in reversed(pairs) if name == question.name), "")
    if code == UNKNOWN_CODE:
        words = WORDS[question.name].never if question.name == "wanted" else DO_NOT_KNOW
        return dict.fromkeys(question.facts, UNKNOWN), words, [(question.name, code)]
    if not submitted and not any(value for _, value in pairs):
        return None
    facts, words = _READERS[question.kind](question, pairs, code, policy)
    if question.kind in (QuestionKind.CHOICE, QuestionKind.MOMENT, QuestionKind.MONEY):
        pairs = [(question.name, code)]
    return facts, words, pairs or [(question.name, NONE_CODE)]


def _choice(
    question: Question, _pairs: Pairs, code: str, policy: Policy
) -> tuple[Mapping[str, object], str]:
    if code not in question.options:
        raise Refused(gettext("Choose an answer"))
    return question.options[code], answer_words(question, code, policy)


def _several(
    question: Question, pairs: Pairs, _code: str, policy: Policy
) -> tuple[Mapping[str, object], str]:
    ticked = {value for _, value in pairs}
    chosen = [code for code in question.options if code in ticked]
    if not chosen and ticked - {NONE_CODE, ""}:
        raise Refused(gettext("Choose what applies, or nothing"))
    facts = dict(question.otherwise)
    for code in chosen:
        facts |= question.options[code]
    words = "; ".join(answer_words(question, code, policy) for code in chosen)
    return facts, words or gettext("Nothing of it")


def _moment(
    question: Question, _pairs: Pairs, code: str, policy: Policy
) -> tuple[Mapping[str, object], str]:
    (name,) = question.facts
    if code == NEVER_CODE and question.never:
        return {name: None}, WORDS[question.name].never
    at = _instant(code, policy)
    return {name: at}, moment(at.astimezone(ZoneInfo(policy.shop.time_zone)))


def _money(
    question: Question, _pairs: Pairs, code: str, policy: Policy
) -> tuple[Mapping[str, object], str]:
    money = _amount(code, policy)
    return {question.facts[0]: money}, str(money)


def _rows(
    question: Question, pairs: Pairs, _code: str, policy: Policy
) -> tuple[Mapping[str, object], str]:
    read = _top_up if question.name == "top_ups" else _purchase
    found = tuple(
        read(row, policy) for row in rows(question.name, pairs) if row["at"] or row["amount"]
    )
    return {question.name: found}, "; ".join(f"{row.amount}" for row in found) or gettext("None")


_READERS: dict[QuestionKind, Callable[..., tuple[Mapping[str, object], str]]] = {
    QuestionKind.CHOICE: _choice,
    QuestionKind.SEVERAL: _several,
    QuestionKind.MOMENT: _moment,
    QuestionKind.MONEY: _money,
    QuestionKind.ROWS: _rows,
}


def rows(name: str, pairs: Pairs) -> Iterator[dict[str, str]]:
    """The rows of a list as they were sent, each column by its name."""
    columns = {
        column: [value for each, value in pairs if each == f"{name}.{column}"]
        for column in COLUMNS[name]
    }
    for place in range(max(map(len, columns.values()))):
        yield {
            column: values[place] if place < len(values) else ""
            for column, values in columns.items()
        }


def answer_words(question: Question, code: str, policy: Policy) -> str:
    """The answer of this code in a customer's words."""
    if question.name == "reason":
        return next(each.label for each in policy.shop.reasons if each.code == code)
    if question.name == "method":
        return Method(code).label
    return WORDS[question.name].answers[code]


def _top_up(row: Mapping[str, str], policy: Policy) -> CaseTopUp:
    return CaseTopUp(
        at=_instant(row["at"], policy),
        amount=_amount(row["amount"], policy),
        method=UNKNOWN,
        method_refundable=_FLAGS.get(row["back"], True),
    )


def _purchase(row: Mapping[str, str], policy: Policy) -> CasePurchase:
    return CasePurchase(
        at=_instant(row["at"], policy),
        amount=_amount(row["amount"], policy),
        activated=_FLAGS.get(row["activated"], UNKNOWN),
        refunded=_FLAGS.get(row["returned"], UNKNOWN),
    )


def _instant(text: str, policy: Policy) -> datetime:
    """A moment as a browser sends it, on the shop's clock."""
    try:
        at = datetime.fromisoformat(text) if text.isascii() else None
        if at is not None and at.tzinfo is None and _FIRST_YEAR <= at.year <= _LAST_YEAR:
            return at.replace(tzinfo=ZoneInfo(policy.shop.time_zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Refused(_WHEN)


def _amount(text: str, policy: Policy) -> Money:
    try:
        return amount_typed(text, policy.shop.currency, exact=True)
    except MoneyError as error:
        raise Refused(str(error)) from None
