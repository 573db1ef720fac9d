"""The letters: one folder of templates for each event, rendered to subject, text and HTML."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from mjml import mjml2html

from portal import translation
from portal.config import sentences
from portal.config.languages import direction, tag_of
from portal.translation import narrowing, said_in

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "mail"

SUBJECT_LENGTH = 200

# Line ends and everything else that isn't shown: a header ends at the first of them.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
# What XML can't hold, and so neither can MJML.
_UNWRITABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BLANK_LINES = re.compile(r"\n{3,}")


class Event(StrEnum):
    """What a mail tells; each has a folder of that name under templates/mail."""

    SIGN_IN_CODE = "sign_in_code"
    RECEIVED = "received"
    FILED_TOGETHER = "filed_together"
    NEEDS_INFORMATION = "needs_information"
    ACCESS_ASKED = "access_asked"
    IDENTITY_ASKED = "identity_asked"
    TOO_EARLY = "too_early"
    POLICY_SAYS_YES = "policy_says_yes"
    APPROVED = "approved"
    PAID = "paid"
    RETURNED = "returned"
    PAYOUT_FAILED = "payout_failed"
    PAYEE_CHANGED = "payee_changed"
    PAYEE_NAMED = "payee_named"
    DECLINED = "declined"
    REOPENED = "reopened"
    PAYMENT_TAKEN_BACK = "payment_taken_back"
    REFERENCE_CORRECTED = "reference_corrected"
    LATE = "late"
    PAYMENT_EXTENDED = "payment_extended"
    APPEAL_ENDED = "appeal_ended"
    APPEAL_RECEIVED = "appeal_received"
    APPEAL_DECIDED = "appeal_decided"
    WITHDRAWN = "withdrawn"
    TEAM_APPEAL = "team_appeal"
    TEAM_OVERDUE = "team_overdue"
    TEAM_NEAR = "team_near"
    TEAM_VERSION = "team_version"
    TEAM_INVITED = "team_invited"
    TEAM_WEBHOOK = "team_webhook"
    TEAM_HANDED = "team_handed"
    TEAM_NAMED = "team_named"
    TEAM_SECOND = "team_second"
    TEAM_RUN = "team_run"
    TEAM_PAYOUT = "team_payout"
    TEAM_DAILY = "team_daily"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's words, before it has a recipient."""

    subject: str
    text: str
    html: str


def render(event: Event, **context: Any) -> Letter:
    """Write the letter of an event: a subject of one line, plain text, and HTML from MJML.

    What the context holds is shown as text and never read as markup. Raises
    jinja2.UndefinedError when the templates name something that the context lacks.
    """
    room = _environment()
    subject = room.get_template(f"{event}/subject.txt").render(context)
    text = room.get_template(f"{event}/body.txt").render(context)
    mjml = room.get_template(f"{event}/body.mjml").render(context)
    return Letter(subject=one_line(subject), text=_tidy(text), html=mjml2html(mjml, fonts={}))


def one_line(words: str) -> str:
    """The words on one line, without control characters, cut to what a subject holds."""
    line = " ".join(_UNSEEN.sub(" ", words).split())
    return line if len(line) <= SUBJECT_LENGTH else line[: SUBJECT_LENGTH - 1] + "…"


def moment(at: datetime) -> str:
    """A time as people read it, in its own zone: ``Wed 4 Mar 2026, 12:00 UTC+2``."""
    shift = at.utcoffset()
    if shift is None:
        raise ValueError("a time without a zone can't be told to a customer")
    minutes = shift // timedelta(minutes=1)
    zone = "UTC"
    if minutes:
        hours, rest = divmod(abs(minutes), 60)
        zone += ("+" if minutes > 0 else "-") + str(hours) + (f":{rest:02d}" if rest else "")
    return f"{translation.dated(at, 'EEE d MMM y, HH:mm')} {zone}"


def lang(words: str) -> Markup:
    """The ``lang`` attribute of a shop's words, where they are in another language than the page."""
    code = said_in(words)
    if code in narrowing(translation.language()) or translation.language() in narrowing(code):
        return Markup()
    return Markup(' lang="{}"').format(tag_of(code))


@cache
def _environment() -> Environment:
    room = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(["mjml"]),
        undefined=StrictUndefined,
        auto_reload=False,  # or each letter asks the disk about each of its files
        finalize=_writable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sentences.serve(room)
    room.globals.update(language=translation.language, direction=direction)
    room.filters["moment"] = moment
    room.filters["lang"] = lang
    room.filters["one_line"] = one_line
    return room


def _writable(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    said = value if isinstance(value, Markup) else str(value)  # in the language in force
    return type(said)(_UNWRITABLE.sub("", said))


def _tidy(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").splitlines())
    return _BLANK_LINES.sub("\n\n", lines).strip() + "\n"
