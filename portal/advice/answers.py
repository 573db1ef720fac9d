"""A claim as the answers so far tell it, and the answers to one more question that are worth a try."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from portal.advice.questions import Answers, Question, QuestionKind, board
from portal.money import Money
from portal.policy.deciding.case import Case, CasePurchase, CaseTopUp
from portal.policy.deciding.document import Policy, Version
from portal.policy.facts.table import ALL, INDEX, UNKNOWN
from portal.policy.language.turning import SECOND

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_PAID = ("order.paid_from", "order.paid_until")
# What a claim has to contain is taken as given while questions are asked, and told at the end.
GIVEN = {
    "account.email": "given", "claim.service_name": "given", "claim.order_reference": "given",
    "claim.description": "given" * 200, "claim.payout": True, "claim.evidence": 1,
}  # fmt: skip


def case_of(answers: Answers, *, at: datetime, given: bool = True) -> Case:
    """The claim that the answers tell of, sent at ``at``.

    With ``given`` it contains all that a policy may require, besides the answers.
    """
    values = list(_TEMPLATES[given])
    rows: dict[str, tuple[object, ...]] = {"top_ups": (), "purchases": ()}
    for name, value in answers.items():
        if isinstance(value, tuple):
            rows[name] = value
            values[INDEX[name]] = len(value)
        else:
            values[INDEX[name]] = value
    top_ups = tuple(row for row in rows["top_ups"] if isinstance(row, CaseTopUp))
    purchases = tuple(row for row in rows["purchases"] if isinstance(row, CasePurchase))
    case = Case(tuple(values), top_ups, purchases, frozenset(), at)
    return case.supposing({"now": at, "claim.submitted_at": at})


def _template(*, given: bool) -> tuple[object, ...]:
    values = {fact.name: UNKNOWN for fact in ALL} | {
        fact.name: fact.default for fact in ALL if fact.name.startswith("findings.")
    }
    values |= {"claim.evidence": 0, "claim.destination": "balance", "claim.remedy": "refund"}
    values["order.refunded_at"] = None
    return tuple((values | GIVEN if given else values).values())


_TEMPLATES = {given: _template(given=given) for given in (True, False)}


class Trying:
    """The questions of one reason with the answers that the tests of a version tell apart."""

    def __init__(self, policy: Policy, version: Version, reason: object, at: datetime) -> None:
        self.version, self.at, self.currency = version, at, policy.shop.currency
        self.board = board(policy, version, reason, at)

    def values(self, question: Question, answers: Answers) -> list[Answers]:
        """Answers to try: every option, and the instants just before and just after a test turns."""
        if question.kind is QuestionKind.CHOICE:
            return self._distinct(question)
        if question.kind is QuestionKind.SEVERAL:
            none = question.otherwise
            return [none, *({**none, **sets} for sets in question.options.values())]
        (name,) = question.facts
        if question.kind is QuestionKind.ROWS:
            return [{name: rows} for rows in self._rows(name)]
        moments = self._moments(name, answers)
        return [{name: value} for value in [*moments, *([None] if question.never else [])]]

    def _distinct(self, question: Question) -> list[Answers]:
        """One of the answers for each that the tests tell apart."""
        named = {name for name, _ in self.board.words} & {*question.facts}
        found: dict[object, Answers] = {}
        for code, sets in question.options.items():
            words = frozenset(sets.items()) & self.board.words
            found.setdefault(words if named and not question.rare else code, sets)
        return [*found.values()]

    def _moments(self, name: str, answers: Answers) -> list[datetime]:
        facts = case_of(answers, at=self.at).facts
        turning = [turn.at(facts) for turn in self.board.turns.get(name, ())]
        found = dict.fromkeys(
            at + shift for at in turning if isinstance(at, datetime) for shift in (-SECOND, SECOND)
        )
        if name in _PAID:
            known = [v for v in answers.values() if isinstance(v, datetime)] + [self.at]
            turning = [max(known) + 10 * _DAY] if name == _PAID[1] else [min(known) - 10 * _DAY]
            found |= {at + shift: None for at in turning for shift in (-_HOUR, 5 * _DAY)}
        return [*found] or [self.at - _HOUR, self.at - 10 * _DAY]

    def _rows(self, name: str) -> Iterator[tuple[CaseTopUp | CasePurchase, ...]]:
        yield ()
        window = self.version.top_up_window or _DAY
        ten, five = Money(1000, self.currency), Money(500, self.currency)
        if name == "top_ups":
            for at in (self.at - _HOUR, self.at - window - _HOUR):
                yield (CaseTopUp(at=at, amount=ten, method=UNKNOWN, method_refundable=True),)
            yield (
                CaseTopUp(at=self.at - _HOUR, amount=ten, method=UNKNOWN, method_refundable=False),
            )
            return
        for activated in (True, False):
            yield (CasePurchase(at=self.at, amount=five, activated=activated, refunded=False),)
