"""What a clause may say, key by key: how each is called, shown and written; and what a new one may do."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from portal.config.languages import language_name
from portal.policy.facts.table import BY_NAME
from portal.policy.file.schema import CLAUSES
from portal.policy.file.values import ASKABLE, DEADLINES, OWN
from portal.policy.language.clause import Amount, ClauseKind, Destination, Effect
from portal.translation import gettext, lazy_gettext as _, sentence
from portal.web.frame.fields import one_line
from portal.words.aspects import KINDS
from portal.words.clauses import AMOUNTS, DESTINATIONS

_LAST = re.compile(r"([0-9]{1,6})$")  # the count at the end of a clause's number


@dataclass(frozen=True, slots=True)
class ClauseKey:
    """One key of a clause as its form has it; ``group`` is the heading that it stands under.

    ``shape``: a line, an area, a condition or a moment of the policy language, a choice, many, a
    box, a count, a clause's own number, or those of other clauses.
    """

    key: str
    label: str
    hint: str = ""
    group: str = _("The rule")
    shape: str = "line"
    choices: Sequence[tuple[str, str]] = ()


_MONEY = [(each.value, AMOUNTS[each]) for each in Amount]
_PLACES = [(each.value, DESTINATIONS[each]) for each in Destination]
_ON = [("balance", _("money to the balance")), ("payout", _("money paid out"))]
_EITHER = [("", _("either")), *_ON]
_FACTS = [(name, BY_NAME[name].noun) for name in ASKABLE]
_IDS = _("Numbers of rules, with commas between them.")
_LIMITS = {
    "review_target": _("A person means to decide by"),
    "review_due": _("A person decides by"),
    "payout_due": _("The money is on its way by"),
    "payout_limit": _("The money is there by"),
    "information_due": _("What is asked for has to come by"),
    "rectify_by": _("The defect may be mended by"),
}
# What a clause does, by its effect: it is chosen when the clause is added.
EFFECTS = {
    Effect.APPROVE: _("It pays a refund"),
    Effect.DENY: _("It refuses a refund"),
    Effect.ASK: _("It asks for something"),
    Effect.REVIEW: _("It has a person look before money leaves"),
    Effect.SET: _("It sets a date"),
    Effect.INFORM: _("It explains"),
}
CONDITION, OUTCOME, ORDER, ASKS, LIMITS = (
    _("When it applies"), _("What it does"), _("Which rule comes first"), _("What is asked for"), _("Deadlines"))  # fmt: skip

SAID = (
    ClauseKey("id", _("Number"), _("Letters and decisions cite it, for example: A-2.1"), shape="number"),
    ClauseKey("kind", _("Kind"), "", shape="choice"),
    ClauseKey("wording", _("Wording"), _("What customers read."), shape="area"),
    ClauseKey("part", _("Heading"), _("The rules with one heading stand together.")),
    ClauseKey("reading", _("How we read it"), _("Which reading of the wording the condition has."), shape="area"),
    ClauseKey("when", _("Condition"), _("In the policy language, for example: claim.reason = api_misuse"), CONDITION, "condition"),
    ClauseKey("reversed.when", _("The other way round"), _("When the other side of the rule applies."), CONDITION, "condition"),
    ClauseKey("opens", _("Can be claimed from"), _("A moment, for example: order.expires_at"), CONDITION, "moment"),
    ClauseKey("finding", _("What a person has to find"), _("A condition on findings."), CONDITION, "condition"),
    ClauseKey("person_when", _("A person is needed when"), _("A condition; without one always."), CONDITION, "condition"),
    ClauseKey("amount", _("Amount"), "", OUTCOME, "choice", _MONEY),
    ClauseKey("destination", _("Where the money goes"), "", OUTCOME, "choice", _PLACES),
    ClauseKey("on", _("Where it applies"), "", OUTCOME, "choice", _EITHER),
    ClauseKey("confirmed", _("When a person says yes"), "", OUTCOME, "choice", [("payout", _("the money is paid out"))]),
    ClauseKey("refused", _("When a person says no"), "", OUTCOME, "choice",
         [("balance", _("the money goes to the balance")), ("deny", _("nothing is paid")), ("ask", _("the customer chooses another way"))]),
    ClauseKey("remedy_asked", _("The customer may choose another number"), "", OUTCOME, "box"),
    ClauseKey("automatic", _("Without a person, where the records prove it"), "", OUTCOME, "box"),
    ClauseKey("evidence", _("Files are needed"), "", OUTCOME, "box"),
    ClauseKey("also", _("Named along with"), _IDS, ORDER, "ids"),
    ClauseKey("yields_to", _("These rules come before this one"), _IDS, ORDER, "ids"),
    ClauseKey("beats", _("This rule comes before"), _IDS, ORDER, "ids"),
    ClauseKey("because", _("Why this order"), "", ORDER, "area"),
    ClauseKey("requires", _("Asked for"), "", ASKS, "many", _FACTS),
    ClauseKey("description_length", _("Least length of a description"), _("Characters."), ASKS, "count"),
    ClauseKey("requires_for_payout", _("Asked for before a payout"), "", ASKS, "many", _FACTS),
    ClauseKey("only_unsettled", _("Only where the records do not settle it"), "", ASKS, "box"),
    *(
        ClauseKey(f"deadlines.{name}", _LIMITS[name], _("A moment, for example: now + 5 working days"), LIMITS, "moment")
        for name in DEADLINES
    ),
)  # fmt: skip


def said(table: Mapping[str, Any]) -> list[ClauseKey]:
    """What a clause like this one may say: the keys of its effect."""
    keys = CLAUSES[Effect(table["effect"])].model_fields
    kinds = [(each.value, sentence(KINDS[each])) for each in get_args(keys["kind"].annotation)]
    found = [
        replace(each, choices=kinds) if each.key == "kind" else each
        for each in SAID
        if each.key.partition(".")[0] in keys
    ]
    shown = [each for each in found if each.key != "reversed.when" or "reversed" in table]
    return [part for each in shown for part in _by_language(each, table)]


def _by_language(each: ClauseKey, table: Mapping[str, Any]) -> Iterator[ClauseKey]:
    """A key of the clause, or one for each language in which the clause says it."""
    given = table.get(each.key)
    if not isinstance(given, dict):
        yield each
        return
    for code in given:
        name = gettext("the shop's own words") if code == OWN else language_name(code)
        label = gettext("%(label)s (%(language)s)", label=each.label, language=name)
        yield replace(each, key=f"{each.key}.{code}", label=label)


def shown(table: Mapping[str, Any], each: ClauseKey) -> Any:
    """What the field shows of a clause: the same that it gives back where nothing was changed."""
    key, _, inner = each.key.partition(".")
    value = table.get(key, {}).get(inner) if inner else table.get(key)
    match each.shape:
        case "many":
            return [name for name, _ in each.choices if name in (value or ())]
        case "box":
            return bool(value)
        case "count":
            return value
        case "ids":
            return ", ".join(value or ())
        case "choice":
            return value or ""
        case _:
            return one_line(value or "")


def ids(typed: str | None) -> list[str]:
    """The numbers of clauses in a field that holds some, with commas between them."""
    return [part for text in (typed or "").split(",") if (part := text.strip())]


def meant(typed: Any, each: ClauseKey, table: Mapping[str, Any]) -> Any:
    """A field's value as the file has it; None for nothing."""
    match each.shape:
        case "many":
            kept = [name for name in table.get(each.key, ()) if name in typed]
            return kept + [name for name in typed if name not in kept] or None
        case "ids":
            return ids(typed) or None
        case _:
            return typed or None


@dataclass(frozen=True, slots=True)
class RuleStart:
    """One of them: what it does, ``table`` what is fixed of it, ``begun`` what may be changed."""

    label: str
    hint: str
    table: Mapping[str, str]
    begun: Mapping[str, Any] = field(default_factory=dict)


def _start(label: str, hint: str, effect: Effect, kind: ClauseKind, **begun: Any) -> RuleStart:
    return RuleStart(label, hint, {"effect": effect.value}, {"kind": kind.value, **begun})


STARTS = {
    "refund": _start(
        EFFECTS[Effect.APPROVE],
        _("When something is so, an amount goes to the balance or is paid out."),
        Effect.APPROVE,
        ClauseKind.ELIGIBLE,
        amount=Amount.FULL.value,
        destination=Destination.BALANCE.value,
    ),
    "refusal": _start(
        EFFECTS[Effect.DENY],
        _("When something is so, nothing is paid."),
        Effect.DENY,
        ClauseKind.EXCLUDED,
    ),
    "limit": _start(
        _("It refuses what comes too late"),
        _("A time limit, for example five days after the order."),
        Effect.DENY,
        ClauseKind.DEADLINE,
        when="claim.submitted_at > order.ordered_at + 5 days",
    ),
    "question": _start(
        EFFECTS[Effect.ASK],
        _("What a claim has to say before it is decided."),
        Effect.ASK,
        ClauseKind.REQUIRED_INFORMATION,
    ),
    "person": _start(
        EFFECTS[Effect.REVIEW],
        _("A person finds something out; by the answer it is paid or not."),
        Effect.REVIEW,
        ClauseKind.METHOD,
        on=Destination.PAYOUT.value,
        confirmed="payout",
        refused="balance",
    ),
    "date": _start(
        EFFECTS[Effect.SET],
        _("By when a person decides, or the money is on its way."),
        Effect.SET,
        ClauseKind.PAYOUT_DEADLINE,
    ),
    "note": _start(
        EFFECTS[Effect.INFORM],
        _("Customers read it; it decides nothing."),
        Effect.INFORM,
        ClauseKind.INFORMATION,
    ),
}


def others_than(effect: str) -> dict[str, RuleStart]:
    """What a clause of this effect may do in its place."""
    return {sort: start for sort, start in STARTS.items() if start.table["effect"] != effect}


def doing(table: Mapping[str, Any], start: RuleStart) -> dict[str, Any]:
    """What stays of a clause that is to do this in the place of what it does; it has another kind then."""
    keys = CLAUSES[Effect(start.table["effect"])].model_fields
    return {key: said for key, said in table.items() if key in keys and key != "kind"} | {
        **start.table
    }


def lost(table: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, str]:
    """The keys that such a clause no longer says, each with what its form calls it."""
    labels = {each.key.partition(".")[0]: str(each.label) for each in SAID}
    return {key: labels.get(key, key) for key in table if key not in kept and key != "kind"}


def first_words(start: RuleStart, numbers: Sequence[str], *, after: str) -> dict[str, Any]:
    """What the form of a new clause shows first: the next free number behind ``after``, or the last."""
    behind = after if after in numbers or not numbers else numbers[-1]
    before = [*reversed(numbers[: numbers.index(behind) + 1]), *numbers] if numbers else []
    counted = next((each for each in before if _LAST.search(each)), "")
    return {**start.begun, "id": _free(counted, numbers), "after": behind}


def _free(number: str, taken: Sequence[str]) -> str:
    """The first number after this one that no clause has; none where it doesn't end in digits."""
    last = _LAST.search(number)
    if last is None:
        return ""
    count = int(last[1])
    while True:
        count += 1
        free = f"{number[: last.start()]}{count}"
        if free not in taken:
            return free
