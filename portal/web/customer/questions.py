"""The questions that a claim may be asked, and which of them have to be answered."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from flask import request
from wtforms import Field

from portal.claims.models import Claim
from portal.money import Money
from portal.policy.facts.table import ALL, BY_NAME, Type
from portal.translation import gettext
from portal.web.frame.fields import AmountField, Choice, PageForm, story, words

ORDER_LENGTH = BY_NAME["claim.order_reference"].longest

_ASKED = {fact.form.name: (fact, fact.form) for fact in ALL if fact.form}
# What a policy's reason may ask: its fact -> the field's name here, which is the answer's name too.
QUESTIONS = {fact.name: asked.name for fact, asked in _ASKED.values()}
_NAMES = frozenset(_ASKED)


def choice_field(name: str, *, needed: bool = False) -> Choice:
    """The answers to one question to choose from; where one is ``needed``, none is refused."""
    _, asked = _ASKED[name]
    choices = [*asked.answers.items()]
    return Choice(asked.title, choices=choices, empty=asked.empty if needed else None)


def _question(name: str, currency: str) -> Field:
    """The field of one question; whether it has to be answered is looked at with all answers at hand."""
    fact, asked = _ASKED[name]
    match fact.type:
        case Type.MONEY:
            return AmountField(asked.title, currency=currency, empty=None)
        case Type.BOOL | Type.WORD:
            return choice_field(name)
        case Type.TEXT if fact.longest:
            return words(asked.title, empty=None, length=fact.longest)
    return story(asked.title, empty=None)


class Questions(PageForm):
    """Some of the questions. ``least`` has those that have to be answered, with a length for text."""

    least: Mapping[str, int]

    def require(self) -> bool:
        """Look whether what has to be answered is, at its length; each that isn't is told so.

        True where nothing is wrong with any field.
        """
        for name, length in self.least.items():
            if name not in self or self[name].errors:
                continue
            have = len((self[name].data or "").strip())
            if have < length:
                short = gettext(
                    "Write at least %(length)s characters; you have %(have)s",
                    length=length,
                    have=have,
                )
                self[name].errors = [short if length > 1 else _ASKED[name][1].empty]
        return not self.errors

    def refuse(self, paths: Iterable[str], words: str) -> None:
        """Say beside the questions of these facts why their answers were not taken."""
        for path in paths:
            self[QUESTIONS[path]].errors = [words]


def questions_form(
    facts: Sequence[str],
    *,
    claim: Claim,
    currency: str,
    needs: Mapping[str, int],
    typed: Mapping[str, str],
    left: Money | None = None,
) -> Questions:
    """The questions of these facts, with what the claim answers, or was ``typed``, filled in.

    ``left`` is what there is to be asked for, where the claim says no amount.
    """
    names = tuple(QUESTIONS[fact] for fact in facts if fact in QUESTIONS)
    # What was sent stands alone: a question left out is left open.
    sent = request.method == "POST"
    known = None if sent else _answered(claim, names, left) | dict(typed)
    form = _form_of(names, currency)(data=known)
    form.least = {QUESTIONS[path]: length for path, length in needs.items() if path in QUESTIONS}
    return form


@lru_cache(maxsize=256)
def _form_of(names: tuple[str, ...], currency: str) -> type[Questions]:
    """The form with these questions: to make a class takes longer than to fill it in."""
    return type("QuestionsForm", (Questions,), {name: _question(name, currency) for name in names})


def _answered(claim: Claim, names: Sequence[str], left: Money | None) -> dict[str, str]:
    order = claim.facts.get("order") or {}
    used = {True: "yes", False: "no", None: None}[claim.number_used]
    price = Money.exact(**order["price"]).rounded() if order.get("price") else None
    asked = claim.asked or (price if price and price.minor else left)
    known = {
        "order_reference": claim.order_reference,
        "service_name": claim.service_name or order.get("service"),
        "asked": asked.amount if asked else None,
        "number_used": used,
        "destination": claim.destination,
        "remedy": claim.remedy,
        "description": claim.description,
    }
    return {name: value for name in names if (value := known[name])}


def answers_of(form: PageForm) -> dict[str, Any]:
    """What the readable fields of a questions form answer, as answering.answer() takes it.

    A question that was left open has no answer here.
    """
    answers: dict[str, Any] = {
        name: field.data
        for name, field in form._fields.items()
        if name in _NAMES and field.data and not field.errors
    }
    if "number_used" in answers:
        answers["number_used"] = answers["number_used"] == "yes"
    if "asked" in answers:
        answers["asked"] = form.asked.money
    return answers


def left_open(form: PageForm) -> list[str]:
    """The questions without an answer, as answering.forget_answers() takes them."""
    return [name for name, field in form._fields.items() if name in _NAMES and not field.data]
