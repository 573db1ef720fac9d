"""The questions that a claim may be asked, and which of them have to be answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portal.money import Money
from portal.web.forms.fields import AmountField, Choice, PageForm, story, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from wtforms import Field

    from portal.claims.models import Claim

ORDER_LENGTH = 80

# What a policy's reason may ask: its fact -> the field's name here, which is the answer's name too.
QUESTIONS = {
    "claim.order_reference": "order_reference",
    "claim.service_name": "service_name",
    "claim.amount": "asked",
    "claim.answers.number_used": "number_used",
    "claim.destination": "destination",
    "claim.remedy": "remedy",
    "claim.description": "description",
}
# What to do where a question that has to be answered was not.
EMPTY = {
    "order_reference": "Enter the order number from your order history",
    "service_name": "Enter the service you ordered",
    "asked": "Enter the amount, such as 0.50",
    "number_used": "Tell us: yes or no",
    "destination": "Choose where the money should go",
    "remedy": "Choose what would put it right",
    "description": "Write what happened",
}


def destination_field(*, empty: str | None = EMPTY["destination"]) -> Choice:
    """To the balance, or out of the shop."""
    return Choice(
        "Where should the money go?",
        choices=[("balance", "To my balance in the shop"), ("payout", "Out of the shop, to me")],
        empty=empty,
    )


def _question(name: str, currency: str) -> Field:
    """The field of one question; whether it has to be answered is looked at with all answers at hand."""
    ask: dict[str, Callable[[], Field]] = {
        "order_reference": lambda: words(
            "What is the order number?", empty=None, length=ORDER_LENGTH
        ),
        "service_name": lambda: words("Which service was it for?", empty=None, length=120),
        "asked": lambda: AmountField("How much do you ask for?", currency=currency, empty=None),
        "number_used": lambda: Choice(
            "Did you use the number?",
            choices=[("yes", "Yes, I tried to use it"), ("no", "No, I never used it")],
            empty=None,
        ),
        "destination": lambda: destination_field(empty=None),
        "remedy": lambda: Choice(
            "What would put it right?",
            choices=[("refund", "My money back"), ("replacement", "A replacement")],
            empty=None,
        ),
        "description": lambda: story("What happened, in your own words?", empty=None),
    }
    return ask[name]()


class Questions(PageForm):
    """Some of the questions. ``least`` has those that have to be answered, with a length for text."""

    least: Mapping[str, int]

    def require(self, needs: Mapping[str, int]) -> bool:
        """Look whether these facts are answered, each at this length; each that isn't is told so.

        True where nothing is wrong with any field.
        """
        self.least = {
            QUESTIONS[path]: length for path, length in needs.items() if path in QUESTIONS
        }
        for name, length in self.least.items():
            if name not in self or self[name].errors:
                continue
            have = len((self[name].data or "").strip())
            if have < length:
                short = f"Write at least {length} characters; you have {have}"
                self[name].errors = [short if length > 1 else EMPTY[name]]
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
    kept: Mapping[str, str] | None = None,
) -> Questions:
    """The questions of these facts, with what the claim already answers, or was ``kept``, filled in."""
    names = [QUESTIONS[fact] for fact in facts if fact in QUESTIONS]

    class QuestionsForm(Questions):
        pass

    for name in names:
        setattr(QuestionsForm, name, _question(name, currency))
    form = QuestionsForm()
    if not form.is_submitted():  # what was sent stands alone: a question left out is left open
        form = QuestionsForm(data=_answered(claim, names) | dict(kept or {}))
    form.least = {QUESTIONS[path]: length for path, length in needs.items() if path in QUESTIONS}
    return form


def _answered(claim: Claim, names: Sequence[str]) -> dict[str, str]:
    order = claim.facts.get("order") or {}
    used = {True: "yes", False: "no", None: None}[claim.number_used]
    price = Money.exact(**order["price"]).rounded() if order.get("price") else None
    asked = claim.asked or (price if price and price.minor else None)
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
    """What the readable fields of a questions form answer, as filing.answer() takes it.

    A question that was left open has no answer here.
    """
    answers: dict[str, Any] = {
        name: field.data
        for name, field in form._fields.items()
        if name != "csrf_token" and field.data and not field.errors
    }
    if "number_used" in answers:
        answers["number_used"] = answers["number_used"] == "yes"
    if "asked" in answers:
        answers["asked"] = form.asked.money
    return answers


def left_open(form: PageForm) -> list[str]:
    """The questions without an answer, as filing.forget_answers() takes them."""
    return [name for name, field in form._fields.items() if name != "csrf_token" and not field.data]
