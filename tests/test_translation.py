"""One language in force for all rooms, and what is written in it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from babel import UnknownLocaleError
from babel.messages.catalog import Catalog
from jinja2 import Environment
from markupsafe import escape

from portal import translation
from portal.config import languages, sentences
from portal.translation import (
    again,
    gettext,
    kept_gettext,
    kept_list,
    kept_ngettext,
    lazy_gettext,
    made,
    ngettext,
    of_the_shop,
    speaking,
    spoken_again,
)
from tests import pseudo

MESSAGES = Catalog(locale="en")
for _message in (
    "Paid",
    "<b>%(amount)s</b> is paid",
    "100 % of it",
    ("%(num)s file", "%(num)s files"),
):
    MESSAGES.add(_message)


@pytest.fixture
def foreign(tmp_path, monkeypatch):
    """The pseudo-language of those few messages, in force."""
    pseudo.write(tmp_path, MESSAGES)
    monkeypatch.setattr(translation, "FOLDER", tmp_path)
    translation._catalogue.cache_clear()
    with speaking(pseudo.LANGUAGE):
        yield
    translation._catalogue.cache_clear()


def said():
    return [
        gettext("Paid"),
        gettext("<b>%(amount)s</b> is paid", amount="0.50 USD"),
        gettext("100 % of it"),
        ngettext("%(num)s file", "%(num)s files", 1),
        ngettext("%(num)s file", "%(num)s files", 2),
    ]


def test_english_is_what_the_code_says():
    assert said() == ["Paid", "<b>0.50 USD</b> is paid", "100 % of it", "1 file", "2 files"]
    assert translation.language() == "en"


@pytest.mark.usefixtures("foreign")
def test_another_language_keeps_the_named_parts_and_the_markup():
    assert said() == [
        "⟦Ṕáíđ⟧",
        "<b>0.50 USD</b> íś ṕáíđ".join("⟦⟧"),
        "⟦100 % óƒ íť⟧",
        "⟦1 ƒíĺé⟧",
        "⟦2 ƒíĺéś⟧",
    ]


@pytest.mark.usefixtures("foreign")
def test_a_sentence_that_the_catalogue_lacks_stays_english():
    assert gettext("Never heard of %(it)s", it="this") == "Never heard of this"


def test_a_lazy_sentence_reads_in_the_language_in_which_it_is_shown(foreign):
    lazy = lazy_gettext("<b>%(amount)s</b> is paid", amount=1)
    shown = "⟦<b>1</b> íś ṕáíđ⟧"
    assert (str(lazy), f"{lazy}", str(f"{lazy:s}"), "" + lazy, lazy + "") == (shown,) * 5
    assert str(escape(lazy)) == str(escape(shown))
    with speaking("en"):
        assert str(lazy) == "<b>1</b> is paid"
    assert (lazy, json.dumps(lazy)) == (
        "<b>%(amount)s</b> is paid",
        '"<b>%(amount)s</b> is paid"',
    )


@pytest.mark.usefixtures("foreign")
def test_a_template_says_the_same_and_escapes_what_is_filled_in():
    room = Environment(autoescape=True)
    sentences.serve(room)
    page = room.from_string(
        '{{ _("Paid") }} {% trans amount="<0>" %}\n  <b>{{ amount }}</b> is paid\n{% endtrans %} '
        '{{ ngettext("%(num)s file", "%(num)s files", 2) }}'
    )
    assert page.render() == "⟦Ṕáíđ⟧ ⟦<b>&lt;0&gt;</b> íś ṕáíđ⟧ ⟦2 ƒíĺéś⟧"


def test_numbers_days_and_lists_are_written_as_the_language_writes_them():
    def written():
        return (
            translation.number(12345.5),
            translation.day(date(2026, 9, 4)),
            translation.dated(datetime(2026, 9, 4, 8, 5, tzinfo=UTC), "EEE d MMM y, HH:mm"),
            translation.listed(["a", "b", "c"]),
            translation.listed(["a", "b", "c"], either=True),
            languages.direction(),
        )

    assert written() == (
        "12,345.5", "4 September 2026", "Fri 4 Sep 2026, 08:05", "a, b and c", "a, b or c", "ltr",
    )  # fmt: skip
    with speaking("eo"):
        assert written() == (
            "12\xa0345,5", "4 Septembro 2026", "ve 4 Sep 2026, 08:05", "a, b kaj c", "a, b aŭ c", "ltr",
        )  # fmt: skip
    with speaking("ar"):
        assert languages.direction() == "rtl"


def test_a_language_that_nobody_knows_is_refused_and_the_one_in_force_stays():
    with pytest.raises(UnknownLocaleError), speaking("en_XA"):
        pass
    assert translation.language() == "en"


def test_a_shop_s_words_are_said_in_its_own_where_it_has_no_others():
    words = translation.of_the_shop("No SMS came", {"de": "Keine SMS kam", "pt_BR": "Nenhum SMS"})
    for code, said in [("en", "No SMS came"), ("de", "Keine SMS kam"), ("de_AT", "Keine SMS kam"),
                       ("pt_BR", "Nenhum SMS"), ("pt", "No SMS came")]:  # fmt: skip
        with speaking(code):
            assert [str(words), f"{words}.", "So: " + words] == [said, f"{said}.", f"So: {said}"]
    assert words == "No SMS came"
    assert translation.other_languages(words)["de"] == "Keine SMS kam"
    assert translation.other_languages("No SMS came") == {}


def test_a_language_is_known_by_its_code_and_called_by_its_name():
    codes = ["de", "pt_BR", "own", "xx", "DE", "de-AT", ""]
    assert [languages.is_language(code) for code in codes] == [True, True, *[False] * 5]
    with speaking("de"):
        assert languages.language_name("fr") == "Französisch"


def test_a_sentence_that_was_kept_is_said_again_in_the_language_in_force(tmp_path, monkeypatch):
    told = [
        kept_gettext("<b>%(amount)s</b> is paid", amount=kept_gettext("Paid")),
        kept_gettext("<b>%(amount)s</b> is paid", amount=lazy_gettext("100 % of it")),
        kept_ngettext("%(num)s file", "%(num)s files", 2),
        kept_list([kept_gettext("Paid"), "A-1", of_the_shop("ours", {"de": "unsere"})]),
        kept_list(["A-1", kept_gettext("Paid")], between="; "),
    ]
    english = [
        "<b>Paid</b> is paid", "<b>100 % of it</b> is paid", "2 files", "Paid, A-1 and ours", "A-1; Paid",
    ]  # fmt: skip
    assert told == english
    kept = json.loads(json.dumps([made(each) for each in told]))
    assert [again(each, stand_in=str) for each in kept] == english
    elsewhere = {"message": "Paid %(it)s", "named": {"it": {"clause": "A-1"}}}
    assert again(elsewhere, stand_in=lambda place: place["clause"]) == "Paid A-1"
    spoken = spoken_again("Paid", kept_gettext("Paid").made_of)
    with speaking("de"):
        assert again(kept[3], stand_in=str) == "Paid, A-1 und unsere"
    pseudo.write(tmp_path, MESSAGES)
    monkeypatch.setattr(translation, "FOLDER", tmp_path)
    translation._catalogue.cache_clear()
    with speaking(pseudo.LANGUAGE):
        assert [again(each, stand_in=str) for each in kept][:3] == [
            "⟦<b>⟦Ṕáíđ⟧</b> íś ṕáíđ⟧", "⟦<b>⟦100 % óƒ íť⟧</b> íś ṕáíđ⟧", "⟦2 ƒíĺéś⟧",
        ]  # fmt: skip
        assert (str(spoken), spoken) == ("⟦Ṕáíđ⟧", "Paid")
    translation._catalogue.cache_clear()
