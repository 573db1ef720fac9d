"""What a rule says while it is written, which examples it turns over, and the facts at hand for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.policy.facts.table import ALL, EVENTS, Fact, Source, Type
from portal.policy.file.examples import TwiceDecided, beside
from portal.policy.language.calendar import Calendar
from portal.policy.language.closures import Condition
from portal.policy.language.parsing import UNITS
from portal.translation import gettext, lazy_gettext as _, sentence
from portal.versions.models import PolicyVersion
from portal.versions.refusals import DraftHasMoved, TextRefused
from portal.versions.writing import Written
from portal.web.policies import finding, reports
from portal.web.policies.clause_form import ClauseForm
from portal.words.clauses import applies
from portal.words.conditions import condition
from portal.words.moments import instant

GROUPS = {
    "order": _("The order and its number"),
    "account": _("The account"),
    "claim": _("What the customer says"),
    "findings": _("What a person finds"),
    "balance": _("The balance"),
    "": _("Time, and what is reckoned"),
}
SOURCES = {
    Source.LOGS: _("the shop's records"),
    Source.PROVIDER: _("the provider's reports"),
    Source.CUSTOMER: _("the customer"),
    Source.REVIEWER: _("a person who looks"),
    Source.PORTAL: _("the portal"),
}
# How each type is tested, by an example of it.
_TESTS = {
    Type.TIME: (_("a moment"), "{name} + 5 days < now"),
    Type.BOOL: (_("yes or no"), "not {name}"),
    Type.WORD: (_("one of these words"), "{name} = {word}"),
    Type.MONEY: (_("an amount"), "{name} is empty"),
    Type.COUNT: (_("a list"), "{name} is empty"),
    Type.NUMBER: (_("a whole number"), "{name} >= 5"),
    Type.DURATION: (_("a length of time"), "{name} > 5 days"),
}
LENGTHS = (*(unit for unit in UNITS if unit.endswith("s")), "months", "working days")


@dataclass(frozen=True, slots=True)
class FactAtHand:
    """A fact as whoever writes a condition looks it up: its name, what it is, and how it is tested."""

    name: str
    noun: str
    kind: str
    source: str
    test: str
    words: tuple[str, ...]

    def has(self, wanted: str) -> bool:
        """Whether it is what somebody looks for: by its name, its meaning or a word of it."""
        return wanted in f"{self.name} {self.noun} {' '.join(self.words)}".lower()


@dataclass(frozen=True, slots=True)
class ExampleTurned:
    """An example with what was and what is decided of it; ``fails`` says what it expects otherwise."""

    name: str
    was: str
    now: str
    changed: bool
    fails: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of a look: what the rule says as a whole, and the examples that it turns over."""

    rule: str = ""
    turned: tuple[ExampleTurned, ...] = ()
    moved: bool = False


def sentences(form: ClauseForm, calendar: Calendar) -> dict[str, str]:
    """What the conditions and moments of a form say, in a reader's words; errors go beside the others."""
    return {
        key: sentence(condition(read.tree) if isinstance(read, Condition) else instant(read.term))
        for key, read in form.read(calendar).items()
    }


def look(draft: PolicyVersion, form: ClauseForm, make: Callable[[], Written]) -> Looked | None:
    """What the draft would say with this rule; None where it is refused, and why stands in the form.

    The text is read by the process that reads texts, with its limits; nothing of it is kept.
    """
    before = finding.policy_of_row(draft), finding.version_of(draft)
    in_force, calendar = draft.in_force, before[0].calendar
    try:
        written = make()
    except TextRefused as refused:
        form.refuse(str(refused), calendar)
        return None
    except DraftHasMoved:
        return Looked(moved=True)
    version = next(each for each in written.policy.versions if each.in_force == in_force)
    turned = [each for each in beside(before, (written.policy, version)) if each.old != each.new]
    rule = applies(version.clause(form.of("id").data))
    return Looked(rule, tuple(_turned(each) for each in turned))


def examples(found: PolicyVersion) -> tuple[ExampleTurned, ...]:
    """The examples of a draft that the version before it decides otherwise, and those that fail."""
    policy = finding.policy_of_row(found)
    rows = beside((policy, finding.before(found)), (policy, finding.version_of(found)))
    return tuple(_turned(each) for each in rows)


def facts(wanted: str = "") -> dict[str, list[FactAtHand]]:
    """The facts that a condition can test, under what they are about; those that have ``wanted``."""
    found: dict[str, list[FactAtHand]] = {}
    for fact in ALL:
        if fact.type not in _TESTS:
            continue
        kind, test = _TESTS[fact.type]
        at_hand = FactAtHand(
            fact.name,
            str(fact.noun),
            str(kind),
            str(SOURCES[fact.source]),
            _test(fact, test),
            fact.values,
        )
        if at_hand.has(wanted.strip().lower()):
            about = fact.name.partition(".")[0]
            group = GROUPS[about if about in GROUPS and "." in fact.name else ""]
            found.setdefault(str(group), []).append(at_hand)
    return found


def _test(fact: Fact, test: str) -> str:
    if fact.name in EVENTS:
        test = "{name} happened"
    return test.format(name=fact.name, word=next(iter(fact.values), ""))


def _turned(each: TwiceDecided) -> ExampleTurned:
    was, now = _said(each.old), _said(each.new)
    if was == now and each.old != each.new:
        now = gettext("%(said)s, with other dates or questions", said=now)
    changed = each.old != each.new
    return ExampleTurned(each.example.name, was, now, changed, each.differences)


def _said(decision: Mapping[str, Any]) -> str:
    """A decision in a few words: what comes out, how much, and by which rules."""
    said = str(reports.OUTCOMES[decision["outcome"]])
    if "amount" in decision:
        said = gettext("%(outcome)s, %(amount)s", outcome=said, amount=decision["amount"])
    if "clauses" in decision:
        clauses = ", ".join(decision["clauses"])
        said = gettext("%(said)s (%(clauses)s)", said=said, clauses=clauses)
    return said
