"""The controls say what they mean, escape what they are given, and stay within their budget."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader
from werkzeug.datastructures import MultiDict
from wtforms import Form, RadioField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from portal.config import sentences
from portal.web.frame.filters import FILTERS

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 21, 9, 14, tzinfo=UTC)


class Question(Form):
    order = StringField("Order number", [InputRequired("Enter the order number")])
    reason = RadioField(
        "What happened?",
        [InputRequired("Choose what happened")],
        choices=[SelectChoice("a", "No SMS came")],
    )

    missing = SelectMultipleField(
        "Ask for", choices=[SelectChoice("x", "Description"), SelectChoice("y", "Screenshot")]
    )


@pytest.fixture(scope="module")
def ui():
    env = Environment(loader=FileSystemLoader(ROOT / "templates"), autoescape=True)
    env.trim_blocks = env.lstrip_blocks = True
    sentences.serve(env)
    env.filters.update(FILTERS)
    env.globals["csrf_token"] = lambda: "token"
    return env.get_template("frame/ui.html").module


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", str(html)).split())


def refused() -> Question:
    form = Question(MultiDict({"order": ""}))
    form.validate()
    return form


def test_a_failed_field_names_its_error_and_hint_to_a_reader(ui):
    html = str(ui.field(refused().order, hint="From your order history"))
    assert words(html) == ("Order number From your order history Error: Enter the order number")
    assert 'aria-describedby="order-hint order-error"' in html
    assert 'aria-invalid="true"' in html


def test_the_summary_links_to_each_field_and_to_the_first_choice_of_a_group(ui):
    html = str(ui.error_summary(refused()))
    assert re.findall(r'href="(#[^"]+)"', html) == ["#order", "#reason-0"]
    assert 'role="alert"' in html


def test_a_form_without_errors_has_no_summary(ui):
    assert str(ui.error_summary(Question())).strip() == ""


def test_a_field_of_one_choice_is_a_group_of_radios_and_says_that_it_is_needed(ui):
    html = str(ui.field(Question(MultiDict({"reason": "a"})).reason, hints={"a": "In words"}))
    assert words(html) == "What happened? No SMS came In words"
    assert re.findall(r'<input type="radio" [^>]+>', html) == [
        '<input type="radio" id="reason-0" name="reason" value="a" checked required aria-describedby="reason-0-hint">',
    ]


def test_a_field_of_many_choices_is_a_group_of_checkboxes(ui):
    html = str(ui.field(Question(MultiDict({"missing": "y"})).missing, hints={"x": "In words"}))
    assert words(html) == "Ask for Description In words Screenshot"
    assert re.findall(r'<input type="checkbox" [^>]+>', html) == [
        '<input type="checkbox" id="missing-0" name="missing" value="x" aria-describedby="missing-0-hint">',
        '<input type="checkbox" id="missing-1" name="missing" value="y" checked>',
    ]


@pytest.mark.parametrize(
    ("held", "said"),
    [(True, "Applies"), (False, "Does not apply"), (None, "Not known yet")],
)
def test_a_clause_says_in_words_whether_it_held(ui, held, said):
    assert words(ui.clause("NP-2.1", "No SMS came.", held=held)) == f"NP-2.1 {said} No SMS came."


@pytest.mark.parametrize(
    ("due", "said"),
    [
        (NOW + timedelta(hours=3, minutes=20), "in 3 h 20 min"),
        (NOW - timedelta(hours=2), "overdue by 2 h"),
        (NOW, "in less than a minute"),
    ],
)
def test_a_clock_says_what_is_left(ui, due, said):
    assert words(ui.clock(due, NOW)) == said


def test_a_moment_names_its_month_and_zone(ui):
    assert words(ui.moment(NOW)) == "Sat 21 Nov 2026, 09:14 UTC"


@pytest.mark.parametrize("control", ["badge", "banner", "reference"])
def test_text_from_outside_stays_text(ui, control):
    html = str(getattr(ui, control)("<script>\"'"))
    assert "<script" not in html
    assert "&lt;script&gt;&#34;&#39;" in html


def test_a_file_row_posts_its_removal_with_a_token(ui):
    html = str(ui.file("a.png", "ready", remove="/files/1/remove"))
    assert '<form method="post" action="/files/1/remove">' in html
    assert '<input type="hidden" name="csrf_token" value="token">' in html


def _loads(name):
    """The files of static/ that a page loads by itself and by the frames that it stands in."""
    text = (ROOT / "templates" / name).read_text(encoding="utf-8")
    scripts = re.search(r"{% set scripts = \[(.*?)\] %}", text)
    found = {"scripts": re.findall(r'"([^"]+)"', scripts[1]) if scripts else None}
    found["sheets"] = re.findall(r"static\('([\w.]+css)'\)", text)
    found["bare"] = "{% set htmx_url = none %}" in text
    frame = re.search(r'{% extends "([^"]+)" %}', text)
    if frame and frame[1] != "frame/layout.html":
        above = _loads(frame[1])
        found["scripts"] = above["scripts"] if found["scripts"] is None else found["scripts"]
        found["sheets"] = found["sheets"] or above["sheets"]
        found["bare"] = found["bare"] or above["bare"]
    return found


def test_the_scripts_and_styles_that_a_page_loads_stay_within_their_kilobytes_on_the_way():
    def size(names):
        return sum(len(gzip.compress((ROOT / "static" / name).read_bytes())) for name in names)

    sizes = {}
    for path in (ROOT / "templates").rglob("*.html"):
        name = str(path.relative_to(ROOT / "templates"))
        if "{% extends" in path.read_text(encoding="utf-8"):
            loads = _loads(name)
            own = loads["scripts"] if loads["scripts"] is not None else ["times.js"]
            htmx = [] if loads["bare"] else ["htmx.min.js"]
            sizes[name] = size(["app.css", "app.js", *loads["sheets"], *own, *htmx])
            # What only some pages need is a file of its own; pages of tables and forms load no htmx.
            room = 9 if loads["bare"] else 24 if "review.css" in loads["sheets"] else 23
            assert sizes[name] < room * 1024, name
    assert max(sizes, key=sizes.get) == "review/queue.html"  # what docs/benchmarks.md tells of


@pytest.mark.parametrize("name", ["app.css", "app.js", "favicon.svg"])
def test_scripts_and_styles_travel_compressed_to_whoever_takes_it(client, name):
    def answer(**headers):
        with client.get(f"/static/{name}", headers=headers) as response:
            return response, response.get_data()

    content = (ROOT / "static" / name).read_bytes()
    packed, sent = answer(**{"Accept-Encoding": "br, gzip"})
    assert (packed.content_encoding, gzip.decompress(sent)) == ("gzip", content)
    assert packed.content_length == len(sent) < len(content)
    assert "Accept-Encoding" in packed.vary
    for taken in ({}, {"Accept-Encoding": "gzip;q=0"}):
        plain, sent = answer(**taken)
        assert (plain.content_encoding, sent) == (None, content)
        assert "Accept-Encoding" in plain.vary
    known = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    again, sent = answer(**known)
    assert (again.status_code, sent) == (304, b"")


def test_no_template_carries_a_script_a_style_or_a_handler_of_its_own():
    # Data for machines is not run.
    run = r"<script(?! type=.application/ld\+json.>|[^>]*\ssrc=)"
    inline = re.compile(rf"<style|\sstyle=|\son[a-z]+=|{run}|hx-on")
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if "mail" not in path.parts and inline.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
