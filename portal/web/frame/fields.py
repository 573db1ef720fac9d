"""Fields that say what to do, take text as people type it, and refuse what can't be kept."""

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import (
    Field,
    Form,
    HiddenField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.form import BaseForm
from wtforms.validators import DataRequired, InputRequired, Optional, StopValidation
from wtforms.widgets import Input

from portal.card_numbers import digit_of, holds_card_number, mask_card_numbers
from portal.email_addresses import EmailRefused, can_be_reached, meant, read_email
from portal.money import MOST_GIVEN, Money, MoneyError, read_amount
from portal.translation import gettext, number, sentence

Validator = Callable[[Form, Field], None]

LANGUAGE = "language"  # the button that chooses one, which a page's form can come with
_EMAIL_LENGTH = 254
_AMOUNT_LENGTH = 40


def one_line(text: str | None) -> str | None:
    """Typed text on one line, with single spaces."""
    return None if text is None else " ".join(text.split())


def lines(text: str | None) -> str | None:
    """Typed text with one kind of line end and no space around it."""
    return None if text is None else text.replace("\r\n", "\n").replace("\r", "\n").strip()


def visible(text: str | None) -> str | None:
    """Typed text without the characters that nobody can see and a database can't keep."""
    if text is None:
        return None
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})


def readable(_form: Form, field: Field) -> None:
    """Refuse what can't be shown; the rest of the text is kept."""
    typed, field.data = field.data or "", visible(field.data or "")
    if field.data != typed:
        raise StopValidation(
            gettext("This held characters that can't be shown. Check what is left of it")
        )


def no_card(_form: Form, field: Field) -> None:
    """Refuse a card number; the words are kept, and no digit of them is shown again."""
    if holds_card_number(field.data or ""):
        field.data = "".join("•" if digit_of(c) else c for c in field.data)
        raise StopValidation(
            gettext("Take the card number out. It is never needed here, so we blanked the digits")
        )


def at_most(length: int) -> Validator:
    """Refuse more characters than this, saying how many there are."""

    def check(_form: Form, field: Field) -> None:
        if len(field.data or "") > length:
            raise StopValidation(
                gettext(
                    "Use %(length)s characters at most. You have written %(have)s",
                    length=number(length),
                    have=number(len(field.data)),
                )
            )

    return check


def words(label: str, *, empty: str | None, length: int) -> StringField:
    """One line of free text; ``empty`` says what to do when nothing was typed, None lets it be."""
    return StringField(
        label, filters=[one_line], validators=[readable, _needed(empty), at_most(length), no_card]
    )


def story(label: str, *, empty: str | None, length: int = 4000) -> TextAreaField:
    """Several lines of free text."""
    return TextAreaField(
        label, filters=[lines], validators=[readable, _needed(empty), at_most(length), no_card]
    )


def _needed(empty: str | None) -> Any:
    return Optional() if empty is None else DataRequired(empty)


def only_language() -> bool:
    """Whether a form came with a choice of language: nothing is done but to show it again as it was typed."""
    return request.method == "POST" and LANGUAGE in request.form


class PageForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is untyped
    """A form of a page; its token was looked at before its view was called (extensions.csrf)."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """How its fields are shown: what was sent of a box, a date or a number comes back as it was sent."""

        csrf = False  # or each form looks at the token, and signs another, once more

        def render_field(self, field: Field, render_kw: dict[str, Any]) -> Any:
            """Show a field, without what can't be shown."""
            shown = field._value() if isinstance(field.widget, Input) else None  # type: ignore[attr-defined]  # noqa: SLF001 - WTForms' own
            if isinstance(shown, str):  # a file has none
                render_kw = {"value": visible(shown)} | render_kw
            return super().render_field(field, render_kw)

    def is_submitted(self) -> bool:
        """Whether it was sent to be acted on."""
        return bool(super().is_submitted()) and not only_language()

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Take what was typed. What is shown again without being looked at has no card number in it."""
        super().process(*args, **kwargs)
        if only_language():
            for field in self:
                if no_card in field.validators:
                    field.data = mask_card_numbers(field.data or "")


class Choice(RadioField):
    """Radios; an answer that isn't among them is treated as none."""

    def __init__(
        self, label: str, *, choices: Sequence[tuple[str, str]], empty: str | None, **kwargs: Any
    ) -> None:
        super().__init__(
            label,
            validators=[InputRequired(empty)] if empty else [],
            validate_choice=False,
            **kwargs,
        )
        self.offer(choices)
        self.empty = empty
        self.type = "RadioField"  # what it is to the page's macros

    def offer(self, choices: Sequence[tuple[str, str]]) -> None:
        """What may be chosen: (value, words). A form whose choices differ needs no class for each."""
        self.choices = [SelectChoice(value, text) for value, text in choices]
        self.offered = {value for value, _ in choices}

    def post_validate(self, form: BaseForm, validation_stopped: bool) -> None:  # noqa: ARG002, FBT001 - WTForms' own
        """Refuse an answer that was not offered; where none is needed, it is none."""
        if self.empty and not validation_stopped and self.data not in self.offered:
            raise ValidationError(self.empty)
        if self.data not in self.offered:
            self.data = None


class Boxes(SelectMultipleField):
    """Boxes to tick; an answer that isn't among them is refused, and not shown again."""

    def __init__(
        self, label: str, *, choices: Sequence[tuple[str, str]], empty: str | None, **kwargs: Any
    ) -> None:
        super().__init__(
            label,
            choices=choices,
            validators=[DataRequired(empty)] if empty else [],
            validate_choice=False,
            **kwargs,
        )
        self.offered = {value for value, _ in choices}
        self.type = "SelectMultipleField"  # what it is to the page's macros

    def post_validate(self, form: BaseForm, validation_stopped: bool) -> None:  # noqa: ARG002, FBT001 - WTForms' own
        """Refuse what was not offered."""
        if not self.offered.issuperset(self.data or []):
            raise ValidationError(gettext("Choose only from what is listed here"))


class SeenVersion(HiddenField):
    """The version of the claim that the screen was made of."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a whole number; anything else counts as a version that has passed."""
        text = valuelist[0] if valuelist else ""
        self.data = int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0  # noqa: PLR2004


class EmailField(StringField):
    """An e-mail address that a code can be sent to, as it is kept and compared."""

    def __init__(self, label: str, *, empty: str, **kwargs: Any) -> None:
        super().__init__(
            label,
            filters=[one_line],
            validators=[readable, DataRequired(empty), at_most(_EMAIL_LENGTH), no_card],
            **kwargs,
        )

    def post_validate(self, form: BaseForm, validation_stopped: bool) -> None:  # noqa: ARG002, FBT001 - WTForms' own
        """Check the shape only: whether somebody reads it is for the code to show."""
        if validation_stopped:
            return
        try:
            address = read_email(self.data or "")
        except EmailRefused:
            raise ValidationError(
                gettext("Check the e-mail address. It looks like name@example.com")
            ) from None
        if not can_be_reached(address):
            unusual = next(c for c in address if not c.isascii())
            raise ValidationError(
                gettext(
                    "We can't send mail to an address with “%(unusual)s” before the @. Ask the shop to put another address on your account, then enter that one",
                    unusual=unusual,
                )
            )
        self.data = asked_about(self, address)


def asked_about(field: Any, address: str) -> str:
    """The address that is meant: of one that looks misspelt it is asked first, once.

    Raises ValidationError with the question; the page shows a button that takes ``suggested`` and
    one that keeps what was typed. Sent again as it was, it is kept.
    """
    suggested = meant(address)
    if suggested is None:
        return address
    if request.form.get(f"{field.name}-asked") == address:
        takes = request.form.get(f"{field.name}-meant") == suggested
        return suggested if takes else address
    field.suggested, field.data = suggested, address
    raise ValidationError(gettext("Did you mean %(domain)s?", domain=suggested.rpartition("@")[2]))


def amount_typed(text: str, currency: str, *, exact: bool = False) -> Money:
    """An amount as a person types it, above zero; ``exact`` takes parts of the smallest coin too.

    Raises MoneyError with what to write instead.
    """
    try:
        money = read_amount(text, currency, exact=exact)
    except MoneyError as error:
        raise MoneyError(sentence(str(error))) from None
    if not 0 < money.minor <= MOST_GIVEN:
        raise MoneyError(
            gettext(
                "Write an amount above zero and under %(most)s", most=Money(MOST_GIVEN, currency)
            )
        )
    return money


class AmountField(StringField):
    """An amount of one currency as people type it; ``money`` holds what was read."""

    money: Money | None = None

    def __init__(self, label: str, *, currency: str, empty: str | None, **kwargs: Any) -> None:
        super().__init__(
            label,
            filters=[one_line],
            validators=[readable, _needed(empty), at_most(_AMOUNT_LENGTH)],
            **kwargs,
        )
        self.currency = currency

    def post_validate(self, form: BaseForm, validation_stopped: bool) -> None:  # noqa: ARG002, FBT001 - WTForms' own
        """Read the amount; nothing is rounded or guessed."""
        if validation_stopped:
            return
        try:
            self.money = amount_typed(self.data or "", self.currency)
        except MoneyError as error:
            raise ValidationError(str(error)) from None
