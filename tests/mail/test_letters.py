"""Every letter against its golden text; and nothing that a customer types becomes markup."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from portal.mail.letters import FOLDER, Event, moment, one_line, render
from portal.translation import lazy_gettext
from tests import pseudo
from tests.mail.contexts import LETTERS
from tests.mail.reading import LetterPage

GOLDEN = Path(__file__).parent / "letters"


@pytest.mark.parametrize("name", LETTERS)
def test_letter_reads_as_its_golden_text(name):
    event, context = LETTERS[name]
    letter = render(event, **context)
    assert (
        f"Subject: {letter.subject}\n\n{letter.text}"
        == (GOLDEN / event / f"{name}.txt").read_text()
    )


@pytest.mark.parametrize("name", LETTERS)
def test_html_says_what_the_context_holds_and_loads_nothing(name):
    event, context = LETTERS[name]
    page = LetterPage(render(event, **context).html)
    assert not page.tags & {"img", "link", "script", "iframe", "form", "svg", "object", "base"}
    addresses = {context[key] for key in ("link", "choice") if context.get(key)}
    addresses |= {each[2] for each in context.get("lines", [])}
    assert page.addresses == addresses | {each[3] for each in context.get("claims", [])}
    assert "url(" not in render(event, **context).html
    assert "@import" not in render(event, **context).html
    said = [context["shop"], *(context.get("facts") or []), *(context.get("payment") or [])]
    for words in (part for row in said for part in ([row] if isinstance(row, str) else row)):
        assert words in page.text


def data(context):
    """Every text that a letter was told, apart from its own sentences."""
    for value in context.values() if isinstance(context, dict) else context:
        if isinstance(value, str):
            yield from (value, *value.splitlines())
        elif isinstance(value, (list, tuple, dict)):
            yield from data(value)


@pytest.mark.one_in(12)
@pytest.mark.usefixtures("pseudo_language")
@pytest.mark.parametrize("name", LETTERS)
def test_no_sentence_of_a_letter_stays_untranslated(name):
    event, context = LETTERS[name]
    letter = render(event, **context)
    said = pseudo.known({*data(context), "https"})
    left = [
        pseudo.plain(text, said)
        for text in (letter.subject, letter.text, LetterPage(letter.html).text)
    ]
    assert left == ["", "", ""]


@pytest.mark.usefixtures("pseudo_language")
def test_a_sentence_of_a_table_is_said_in_the_language_in_force():
    event, context = LETTERS["declined"]
    line = lazy_gettext("A person looked for the technical error and could not confirm it.")
    letter = render(event, **context | {"ground": [line]})
    assert str(line) in letter.text
    assert "technical error" not in letter.text


def test_every_event_has_a_letter_and_every_letter_an_event():
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    assert folders == set(Event)
    assert {event for event, _ in LETTERS.values()} == set(Event)


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        "</mj-text></mj-column><mj-raw><img src=x onerror=alert(1)></mj-raw>",
        "{{ 7 * 7 }}{% for x in y %}",
        "&lt;b&gt; &amp; \"quoted\" 'so'",
        "--> <!-- ]]> <![CDATA[",
        "nul\x00bell\x07 lone\ud800 end\uffff",
    ],
)
def test_what_a_customer_types_stays_text(typed):
    event, context = LETTERS["declined"]
    letter = render(event, **context | {"note": typed, "facts": [("Description", typed)]})
    shown = (
        typed.replace("\x00", "").replace("\x07", "").replace("\ud800", "").replace("\uffff", "")
    )
    assert shown in letter.text
    page = LetterPage(letter.html)
    assert page.text.count(" ".join(shown.split())) == 2
    assert page.tags == LetterPage(render(event, **context).html).tags
    letter.html.encode()
    letter.text.encode()


def test_subject_is_one_line_of_bounded_length():
    context = LETTERS["approved_balance"][1] | {"what": "a\r\nBcc: x@example.com\u2028" + "b" * 300}
    subject = render(Event.APPROVED, **context).subject
    assert subject.startswith("7K3F-9QXM: approved, a Bcc: x@example.com bbb")
    assert len(subject) == 200
    assert subject.isprintable()


def test_missing_context_is_an_error_and_not_a_gap():
    with pytest.raises(UndefinedError):
        render(Event.SIGN_IN_CODE, shop="Numberplug", reference=None, link=None)


def test_one_line_drops_what_is_not_seen():
    assert one_line(" a\tb\x00c\u202ed \n") == "a b c d"


@pytest.mark.parametrize(
    ("shift", "told"),
    [
        (timedelta(0), "Wed 4 Mar 2026, 12:00 UTC"),
        (timedelta(hours=2), "Wed 4 Mar 2026, 12:00 UTC+2"),
        (timedelta(hours=-3, minutes=-30), "Wed 4 Mar 2026, 12:00 UTC-3:30"),
        (timedelta(hours=5, minutes=45), "Wed 4 Mar 2026, 12:00 UTC+5:45"),
    ],
)
def test_moment_names_its_zone(shift, told):
    assert moment(datetime(2026, 3, 4, 12, 0, tzinfo=timezone(shift))) == told


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="without a zone"):
        moment(datetime(2026, 3, 4, 12, 0))  # noqa: DTZ001 - the mistake that is refused
