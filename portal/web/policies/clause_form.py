"""The form of one clause: a field for each thing that a clause of its effect may say."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wtforms import (
    BooleanField,
    Field,
    Form,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import NumberRange, Optional, StopValidation

from portal.policy.language.calendar import Calendar
from portal.policy.language.closures import Condition, Instant, condition, instant
from portal.policy.language.tree import ConditionError
from portal.translation import gettext, lazy_gettext as _, sentence
from portal.web.frame.fields import Validator, one_line, readable
from portal.web.policies.clause_keys import ClauseKey, ids, meant, said, shown
from portal.web.policies.forms import SeenForm

LONGEST_DESCRIPTION = 4000
EMPTY = _("Fill this in")
_NUMBER = re.compile(r"[^\W_][\w.-]{0,39}")
_QUOTED = re.compile(r"'([^']+)'")
_LINE = re.compile(r" \(line \d+\)$")  # of the file, as a refusal of it ends
# What reads a text of the policy language, by the shape of its field.
_READERS: dict[str, Callable[[str, Calendar], Condition | Instant]] = {
    "condition": condition,
    "moment": instant,
}


class ClauseForm(SeenForm):
    """Made by ``clause_form``; ``changes`` is what the person changed."""

    parts: Sequence[ClauseKey]
    table: Mapping[str, Any]
    after: Field | None = None

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
            if data != shown(self.table, each)
        ]

    def read(self, calendar: Calendar) -> dict[str, Condition | Instant]:
        """What the texts of the policy language say, by key; beside the others is what is wrong."""
        found: dict[str, Condition | Instant] = {}
        for each in self.parts:
            reader, field = _READERS.get(each.shape), self.of(each.key)
            if reader is None or not field.data:
                continue
            try:
                found[each.key] = reader(field.data, calendar)
            except ConditionError as error:
                field.errors = [str(error)]
            except RecursionError:
                field.errors = [gettext("This has too many brackets within brackets")]
        return found

    def refuse(self, text: str, calendar: Calendar) -> None:
        """Put a refusal of the policy file beside the fields that it is about, or above them all."""
        self.read(calendar)
        if self.errors:
            return
        for line in text.splitlines():
            why = line.partition(f": {self.of('id').data}: ")[2]
            field = self._about(why)
            if why.startswith(gettext("%(key)s is missing", key=repr("deadlines"))):
                dates = next(each for each in self.parts if each.key.startswith("deadlines."))
                self.of(dates.key).errors = [gettext("Say at least one of these dates")]
            elif field is None:
                self.form_errors.append(line)
            else:
                missing = why.startswith(gettext("%(key)s is missing", key=repr(field.name)))
                field.errors = [EMPTY if missing else sentence(_LINE.sub("", why))]

    def _about(self, why: str) -> Field | None:
        """The field that is called by its key, or holds the number of a clause, that a refusal names."""
        for word in _QUOTED.findall(why):
            for each in self.parts:
                field = self.of(each.key)
                if each.key == word or (each.shape == "ids" and word in ids(field.data)):
                    return field
        return None

    def changes(self) -> dict[str, Any]:
        """The keys that were changed, as writing.with_clause takes them; None removes one."""
        changed: dict[str, Any] = {}
        for each in self.parts:
            field = self.of(each.key)
            if field.data == shown(self.table, each):
                continue
            new = meant(field.data, each, self.table)
            if each.key.startswith("deadlines."):
                limits = changed.get("deadlines") or dict(self.table.get("deadlines", {}))
                limits[each.key.partition(".")[2]] = new
                changed["deadlines"] = {name: at for name, at in limits.items() if at} or None
            else:
                changed[each.key] = new
        return changed


def clause_form(
    table: Mapping[str, Any],
    *,
    seen: str,
    sent: bool = True,
    begun: Mapping[str, Any] | None = None,
    others: Sequence[str] = (),
    unsaid: Mapping[str, Any] | None = None,
) -> ClauseForm:
    """The form of this clause, filled with what it says; not ``sent`` is what it says alone.

    ``unsaid`` is shown where the clause doesn't say it, and is a change of it.

    A clause that isn't there yet is ``begun`` with what its form is to show first, and asks behind
    which of the ``others`` it is to stand. ``others`` are the numbers of the version's other clauses.
    """

    class OneClauseForm(ClauseForm):
        pass

    parts = said(table)
    for each in parts:
        setattr(OneClauseForm, _name(each.key), _field(each, table, others))
    first = {**(unsaid or {}), **table, **(begun or {})}
    filled = {_name(each.key): shown(first, each) for each in parts}
    if begun is not None:
        choices = [
            SelectChoice("", gettext("no other: it is the first")),
            *map(SelectChoice, others, others),
        ]
        OneClauseForm.after = SelectField(
            _("It stands behind"), choices=choices, validate_choice=False
        )
        filled["after"] = begun.get("after", "")
    given = {} if sent else {"formdata": None}
    form = OneClauseForm(data=filled | {"seen": seen}, **given)
    form.parts, form.table = parts, table
    return form


def _name(key: str) -> str:
    return key.replace(".", "_")


def _field(  # noqa: PLR0911 - one for each shape
    each: ClauseKey, table: Mapping[str, Any], others: Sequence[str]
) -> Any:
    line: dict[str, Any] = {"filters": [one_line], "validators": [readable]}
    match each.shape:
        case "number":
            line["validators"] = [readable, _number(str(table.get("id", "")), others)]
            return StringField(each.label, **line)
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


def _number(old: str, others: Sequence[str]) -> Validator:
    """Refuse a new number that is none, or another clause's; the one that it has may stay."""

    def check(_form: Form, field: Field) -> None:
        if old and field.data == old:
            return
        if not _NUMBER.fullmatch(field.data or ""):
            raise StopValidation(gettext("Use 1 to 40 letters, digits, dots and hyphens"))
        if field.data in others:
            raise StopValidation(
                gettext(
                    "There is a rule %(number)s already. Choose another number", number=field.data
                )
            )

    return check
