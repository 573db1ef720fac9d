"""The form of one clause: a field for each thing that a clause of its effect may say."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wtforms import (
    BooleanField,
    Field,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import NumberRange, Optional

from portal.policy.facts.table import BY_NAME
from portal.policy.file.schema import CLAUSES
from portal.policy.file.values import ASKABLE, DEADLINES, OWN
from portal.policy.language.calendar import Calendar
from portal.policy.language.clause import Amount, Destination, Effect
from portal.policy.language.closures import condition, instant
from portal.policy.language.tree import ConditionError
from portal.translation import gettext, language_name, lazy_gettext as _
from portal.web.frame.fields import one_line, readable
from portal.web.policies.forms import SeenForm
from portal.words.clauses import AMOUNTS, DESTINATIONS

LONGEST_DESCRIPTION = 4000


@dataclass(frozen=True, slots=True)
class ClauseKey:
    """One key of a clause as its form has it; ``group`` is the heading that it stands under.

    ``shape``: a line, an area, a condition or a moment of the policy language, a choice, many, a
    box, a count, or ids of other clauses.
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
CONDITION, OUTCOME, ORDER, ASKS, LIMITS = (
    _("When it applies"), _("What it does"), _("Which rule comes first"), _("What is asked for"), _("Deadlines"))  # fmt: skip

SAID = (
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
# What reads a text of the policy language, by the shape of its field.
_READERS: dict[str, Callable[[str, Calendar], object]] = {"condition": condition, "moment": instant}


def said(table: Mapping[str, Any]) -> list[ClauseKey]:
    """What a clause like this one may say: the keys of its effect."""
    keys = CLAUSES[Effect(table["effect"])].model_fields
    found = [each for each in SAID if each.key.partition(".")[0] in keys]
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


class ClauseForm(SeenForm):
    """Made by ``clause_form``; ``changes`` is what the person changed."""

    parts: Sequence[ClauseKey]
    table: Mapping[str, Any]

    @property
    def groups(self) -> dict[str, list[ClauseKey]]:
        """What there is to fill in, under its headings."""
        found: dict[str, list[ClauseKey]] = {}
        for each in self.parts:
            found.setdefault(each.group, []).append(each)
        return found

    def wants(self, parts: Sequence[ClauseKey]) -> bool:
        """Whether the clause says any of these, or one of them was refused."""
        fields = [self.of(each.key) for each in parts]
        return any(field.data or field.errors for field in fields)

    def of(self, key: str) -> Field:
        """The field of a key."""
        field: Field = self[_name(key)]
        return field

    def typed(self) -> list[tuple[str, str]]:
        """What the person changed, for reading."""
        found = [(each, self.of(each.key).data) for each in self.parts]
        return [
            (
                each.label,
                ", ".join(data) if isinstance(data, list) else str(data or gettext("nothing")),
            )
            for each, data in found
            if data != _shown(self.table, each)
        ]

    def refuse(self, text: str, calendar: Calendar) -> None:
        """Put the language's refusal beside the fields that it can't read, or above them all."""
        for each in self.parts:
            read, field = _READERS.get(each.shape), self.of(each.key)
            if read is None or not field.data:
                continue
            try:
                read(field.data, calendar)
            except ConditionError as error:
                field.errors = [str(error)]
            except RecursionError:
                field.errors = [gettext("This has too many brackets within brackets")]
        if not self.errors:
            self.form_errors.append(text)

    def changes(self) -> dict[str, Any]:
        """The keys that were changed, as writing.with_clause takes them; None removes one."""
        changed: dict[str, Any] = {}
        for each in self.parts:
            field = self.of(each.key)
            if field.data == _shown(self.table, each):
                continue
            new = _meant(field.data, each, self.table)
            if each.key.startswith("deadlines."):
                limits = changed.get("deadlines") or dict(self.table.get("deadlines", {}))
                limits[each.key.partition(".")[2]] = new
                changed["deadlines"] = {name: at for name, at in limits.items() if at} or None
            else:
                changed[each.key] = new
        return changed


def clause_form(table: Mapping[str, Any], *, seen: str, sent: bool = True) -> ClauseForm:
    """The form of this clause, filled with what it says; not ``sent`` is what it says alone."""

    class OneClauseForm(ClauseForm):
        pass

    parts = said(table)
    for each in parts:
        setattr(OneClauseForm, _name(each.key), _field(each))
    filled = {_name(each.key): _shown(table, each) for each in parts}
    given = {} if sent else {"formdata": None}
    form = OneClauseForm(data=filled | {"seen": seen}, **given)
    form.parts, form.table = parts, table
    return form


def _name(key: str) -> str:
    return key.replace(".", "_")


def _field(each: ClauseKey) -> Any:
    line: dict[str, Any] = {"filters": [one_line], "validators": [readable]}
    match each.shape:
        case "area" | "condition":
            return TextAreaField(each.label, **line)
        case "choice":
            choices = [SelectChoice(value, label) for value, label in each.choices]
            return SelectField(each.label, choices=choices, validate_choice=False)
        case "many":
            choices = [SelectChoice(value, label) for value, label in each.choices]
            return SelectMultipleField(each.label, choices=choices, validate_choice=False)
        case "box":
            return BooleanField(each.label)
        case "count":
            fits = NumberRange(
                1,
                LONGEST_DESCRIPTION,
                gettext("Use 1 to %(most)s characters", most=LONGEST_DESCRIPTION),
            )
            return IntegerField(each.label, validators=[Optional(), fits])
        case _:
            return StringField(each.label, **line)


def _shown(table: Mapping[str, Any], each: ClauseKey) -> Any:
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


def _meant(typed: Any, each: ClauseKey, table: Mapping[str, Any]) -> Any:
    """A field's value as the file has it; None for nothing."""
    match each.shape:
        case "many":
            kept = [name for name in table.get(each.key, ()) if name in typed]
            return kept + [name for name in typed if name not in kept] or None
        case "ids":
            return [part for text in typed.split(",") if (part := text.strip())] or None
        case _:
            return typed or None
