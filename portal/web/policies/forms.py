"""The forms of a policy's draft. They check shapes; what a policy may say is the language's to refuse."""

from datetime import date
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, DateField, HiddenField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, StopValidation

from portal.policy.language.in_force import AT_ONCE
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.fields import PageForm, story

NOTE = 2000
UNCHANGED = _("Nothing was changed.")
EMPTY_DATE = _("Enter the day from which it is in force")


class SeenForm(PageForm):
    """What everything done to a draft carries: the hash of the text that the person was shown."""

    seen = HiddenField()


class MoveForm(SeenForm):
    """Where a rule goes: up, or down."""

    way = HiddenField()


class ReadyForm(SeenForm):
    """Which of the check's ready examples are added, by their places among its findings."""

    which = SelectMultipleField(choices=[], validate_choice=False)


class ExampleForm(SeenForm):
    """An example, by its name."""

    example = HiddenField()


def _or_at_once(form: Any, field: Any) -> None:
    if form.at_once.data:
        field.errors.clear()  # a date that is not meant need be none
        raise StopValidation
    InputRequired(EMPTY_DATE)(form, field)


class _Dated:
    """From when a version is in force: a date, or its publication."""

    in_force = DateField(_("In force from"), validators=[_or_at_once])
    at_once = BooleanField(_("At once, when it is published"))

    @property
    def begins(self) -> date | None:
        """What was chosen; None for no date."""
        return AT_ONCE if self.at_once.data else self.in_force.data


class BeginForm(_Dated, PageForm):
    """A new version, beginning as a copy of the newest one."""

    note = story(_("Why"), empty=None, length=NOTE)


class UploadForm(PageForm):
    """A new version from a file; ``text`` is what it holds."""

    file = FileField(_("Policy file"), validators=[FileRequired(_("Choose the policy file"))])
    why = story(_("Why"), empty=None, length=NOTE)
    text = ""

    def validate_file(self, field: Any) -> None:
        """Read the file; what is no text is refused."""
        try:
            self.text = field.data.stream.read().decode()
        except UnicodeDecodeError:
            raise StopValidation(
                gettext("This is no text in UTF-8. Choose a policy file (.toml)")
            ) from None


class DateForm(_Dated, SeenForm):
    """From when the draft is in force, and why it is made."""

    note = story(_("Why"), empty=None, length=NOTE)


class WithdrawForm(PageForm):
    """Why a scheduled version is taken back."""

    why = story(_("Why"), empty=_("Say why it is withdrawn"), length=NOTE)


class TextForm(SeenForm):
    """The whole file as text, as it was typed: nothing is trimmed."""

    text = TextAreaField(_("Policy file"))
