"""The way a claim takes through a version, step by step, and the same as boxes to be drawn."""

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from portal.policy.deciding.document import Version
from portal.policy.facts.table import BALANCE_REASONS, BY_NAME
from portal.policy.language.clause import ClauseKind, Effect
from portal.policy.language.closures import Condition
from portal.policy.language.rule import Rule, Scope
from portal.policy.language.tree import Tree, settled
from portal.translation import gettext, lazy_gettext as _, listed
from portal.words.clauses import asked
from portal.words.conditions import condition

WIDTH = 340  # of the drawing; the other lengths are in its units too
_ROOM = 12
_LINE = 18
_APART = 7  # between two rules
_TITLE = 34
OUTCOME = 30
GAP = 26
_CHARACTERS = 43
_CHARACTERS_OF_IDS = 36
ALWAYS = _("for this reason, always")


class End(Enum):
    """How a step ends the claim where one of its rules holds, in words."""

    DENY = _("No refund")
    ASK = _("We ask you for it")
    APPROVE = _("You get a refund")
    REVIEW = _("A person decides")


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A rule at its step: its clause (none for what holds everywhere), and ``when`` it holds.

    ``unless`` names the rules for a refund that come before it.
    """

    clause: str
    when: str
    unless: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """When it holds, with its exceptions."""
        if not self.unless:
            return str(self.when)
        rules = listed(self.unless, either=True)
        return gettext("%(when)s, unless %(rules)s holds", when=self.when, rules=rules)


@dataclass(frozen=True, slots=True)
class DiagramStep:
    """One step: the rules looked at, ``when`` they end it ("if one holds"), and how."""

    title: str
    when: str
    end: End
    rules: tuple[LookedAt, ...]


@dataclass(frozen=True, slots=True)
class DiagramLine:
    """A line of text at its height within the drawing; ``clause`` is set in another type."""

    y: int
    text: str
    clause: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A step as it is drawn, from ``y`` down; how it ends is a band at its foot."""

    y: int
    height: int
    step: DiagramStep
    lines: tuple[DiagramLine, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The boxes from top to bottom, ``gap`` apart, on a sheet of ``width`` by ``height``."""

    height: int
    boxes: tuple[Box, ...]
    width: int = WIDTH
    band: int = OUTCOME
    gap: int = GAP


def steps(version: Version, reason: str | None = None) -> tuple[DiagramStep, ...]:
    """The steps in their order (docs/case-and-decision.md); those without a rule are left out.

    For a ``reason`` there are only the rules that can still hold, without what the reason settles.
    """
    rules = [rule for rule in version.program.rules if _may_hold(rule, reason)]
    denying = [rule for rule in rules if rule.clause.effect is Effect.DENY]
    first = [rule for rule in denying if rule.clause.kind is ClauseKind.OVERRIDING]
    against = [rule for rule in denying if rule not in first]
    paying = [rule for rule in rules if rule.clause.effect is Effect.APPROVE]
    for_all = [rule for rule in paying if not rule.clause.finding or rule.clause.person_when]
    person = [rule for rule in rules if rule.clause.finding and paying]
    names = {rule.place: rule.clause.id for rule in paying}
    found = (
        DiagramStep(_("Before all else"), _("If one holds"), End.DENY, _tested(first, reason)),
        DiagramStep(
            _("Rules against a refund"),
            _("If one holds"),
            End.DENY,
            _tested(against, reason, names),
        ),
        DiagramStep(_("Is it paid back already?"), _("If so"), End.DENY, _paid_back(reason)),
        DiagramStep(
            _("What a claim has to say"),
            _("If something is missing"),
            End.ASK,
            _asked(version, reason),
        ),
        DiagramStep(
            _("Rules for a refund"), _("If one holds"), End.APPROVE, _tested(for_all, reason)
        ),
        DiagramStep(
            _("What a person has to see"), _("If one holds"), End.REVIEW, _seen(person, reason)
        ),
        DiagramStep(_("Nothing above decided"), _("Then"), End.DENY, _default(version, reason)),
    )
    return tuple(step for step in found if step.rules)


def drawing(way: tuple[DiagramStep, ...], *, wordy: bool) -> Drawing:
    """Lay the steps out; ``wordy`` writes under each rule when it holds, else their numbers alone."""
    boxes = []
    y = 1
    for step in way:
        texts = _wordy(step) if wordy else _numbers(step)
        at = y + _TITLE + _ROOM - _LINE
        lines: list[DiagramLine] = []
        for text, clause in texts:
            at += _LINE + (_APART if clause and wordy and lines else 0)
            lines.append(DiagramLine(at, text, clause))
        height = at - y + _ROOM + OUTCOME
        boxes.append(Box(y, height, step, tuple(lines)))
        y += height + GAP
    return Drawing(y - GAP + 1, tuple(boxes))


def _may_hold(rule: Rule, reason: str | None) -> bool:
    if reason is None:
        return True
    other = Scope.ORDER if reason in BALANCE_REASONS else Scope.BALANCE
    return rule.scope is not other and _left(rule.clause.when, reason) is not False


def _left(test: Condition | None, reason: str | None) -> Tree | bool:
    """What of a condition is left to test for this reason."""
    if test is None:
        return True
    return test.tree if reason is None else settled(test.tree, "claim.reason", reason)


def _said(left: Tree | bool) -> str:  # noqa: FBT001 - what is left of a condition
    return str(ALWAYS) if isinstance(left, bool) else condition(left)


def _tested(
    rules: Iterable[Rule], reason: str | None, names: Mapping[int, str] | None = None
) -> tuple[LookedAt, ...]:
    """The rules with their conditions; ``names`` has the clauses by which some may be beaten."""
    return tuple(
        LookedAt(
            rule.clause.id,
            _said(_left(rule.clause.when, reason)),
            tuple(names[place] for place in rule.beaten_by if place in names) if names else (),
        )
        for rule in rules
    )


def _seen(rules: Iterable[Rule], reason: str | None) -> tuple[LookedAt, ...]:
    """The rules that need a person, with when they do."""
    return tuple(
        LookedAt(rule.clause.id, _said(_left(rule.clause.person_when or rule.clause.when, reason)))
        for rule in rules
    )


def _paid_back(reason: str | None) -> tuple[LookedAt, ...]:
    return (
        () if reason in BALANCE_REASONS else (LookedAt("", str(BY_NAME["order.refunded_at"].yes)),)
    )


def _asked(version: Version, reason: str | None) -> tuple[LookedAt, ...]:
    return tuple(
        LookedAt(clause.id, gettext("we still need %(what)s", what=asked(clause)))
        for clause in version.clauses
        if clause.requires or clause.requires_for_payout
        if clause.effect is not Effect.ASK or _left(clause.when, reason) is not False
    )


def _default(version: Version, reason: str | None) -> tuple[LookedAt, ...]:
    cited = (version.default.id,) if version.default else version.points.get(reason or "", ())
    words = "" if version.default else gettext("did not hold")
    return tuple(LookedAt(clause, words) for clause in cited) or (
        LookedAt("", gettext("no rule for a refund holds")),
    )


def _wordy(step: DiagramStep) -> list[tuple[str, bool]]:
    texts: list[tuple[str, bool]] = []
    for rule in step.rules:
        if rule.clause:
            texts.append((rule.clause, True))
        texts += [(line, False) for line in textwrap.wrap(rule.words, _CHARACTERS)]
    return texts


def _numbers(step: DiagramStep) -> list[tuple[str, bool]]:
    numbers = "  ".join(rule.clause for rule in step.rules)
    if not numbers:
        return [(rule.words, False) for rule in step.rules]
    texts = [(line, True) for line in textwrap.wrap(numbers, _CHARACTERS_OF_IDS)]
    if any(rule.unless for rule in step.rules):
        texts.append((gettext("unless a rule for a refund comes before it"), False))
    return texts
