"""A shop's words in several languages: read, fallen back from, compared, changed, and refused."""

import json
import tomllib
from datetime import date

import pytest

from portal.policy.deciding.document import PolicyError
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import raw, whole
from portal.policy.text.editing import clause_values, with_clause
from portal.translation import speaking
from portal.web.policies.clause_keys import said
from portal.words.differences import differences
from tests.policy.file.schemas import validator

FILE = raw(SHOPS / "numberplug.toml").decode()
SINCE = date(2025, 10, 20)
OWN = tomllib.loads(FILE)["version"][0]["clause"][0]["wording"]
GERMAN = "Ein Kauf gilt, solange keine Regel den Preis zurückgibt."
IN_TWO = FILE.replace(
    f"wording = {json.dumps(OWN, ensure_ascii=False)}",
    f"wording.own = {json.dumps(OWN, ensure_ascii=False)}\nwording.de = {json.dumps(GERMAN)}",
    1,
)
LABELLED = FILE.replace(
    'label = "The SMS never came"',
    'label = { own = "The SMS never came", de = "Die SMS kam nicht" }',
)


def read(text):
    return whole(text.encode(), "numberplug.toml")


def test_a_text_reads_in_the_language_in_force_or_in_the_shop_s_own():
    assert IN_TWO != FILE != LABELLED
    clause, reason = read(IN_TWO).current.clauses[0], read(LABELLED).shop.reasons[0]
    for code, texts in {
        "de": (GERMAN, "Die SMS kam nicht"),
        "de_AT": (GERMAN, "Die SMS kam nicht"),
        "fr": (OWN, "The SMS never came"),
        "en": (OWN, "The SMS never came"),
    }.items():
        with speaking(code):
            assert (str(clause.wording), str(reason.label)) == texts


def test_only_a_clause_s_own_languages_are_part_of_what_decides():
    before = read(FILE).current.sha256
    assert read(LABELLED).current.sha256 == before
    assert read(IN_TWO).current.sha256 != before


def test_the_schema_has_them():
    for text in (IN_TWO, LABELLED):
        validator("policy").validate(json.loads(json.dumps(tomllib.loads(text), default=str)))


def test_a_text_of_one_language_that_changed_is_told():
    old, new = read(IN_TWO).current, read(IN_TWO.replace("solange", "wenn")).current
    (found,) = differences(old, new)
    assert (found.about, found.was, found.now) == (
        "the wording in German", GERMAN, GERMAN.replace("solange", "wenn"),
    )  # fmt: skip
    with speaking("de"):
        (own,) = differences(read(IN_TWO).current, read(IN_TWO.replace(OWN, "Anders.")).current)
        assert (own.about, own.was, own.now) == ("the wording", OWN, "Anders.")
    (added,) = differences(read(FILE).current, old)
    assert (added.about, added.change, added.now) == ("the wording in German", "added", GERMAN)


def test_the_form_of_a_clause_has_a_field_for_each_language_and_changes_that_line_alone():
    clause = read(IN_TWO).current.clauses[0].id
    table = clause_values(IN_TWO, SINCE, clause)
    fields = {each.key: str(each.label) for each in said(table) if "wording" in each.key}
    assert fields == {
        "wording.own": "Wording (the shop's own words)", "wording.de": "Wording (German)",
    }  # fmt: skip
    changed = with_clause(IN_TWO, SINCE, clause, {"wording.de": "Kurz."})
    assert changed == IN_TWO.replace(json.dumps(GERMAN, ensure_ascii=False), '"Kurz."').replace(
        json.dumps(GERMAN), '"Kurz."'
    )


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ('{ de = "Nein" }', "'wording' lacks the shop's own words: write 'own'"),
        ('{ own = "No", german = "Nein" }', "'wording': no language is 'german'; write de, or pt_BR"),
        ('{ own = "No", de = 7 }', "'wording' is not a text, or a table of texts by their language"),
        ("7", "'wording' is not a text"),
    ],
)  # fmt: skip
def test_what_is_no_text_in_a_language_is_refused(given, reason):
    text = FILE.replace(f"wording = {json.dumps(OWN, ensure_ascii=False)}", f"wording = {given}", 1)
    clause = read(FILE).current.clauses[0].id
    with pytest.raises(PolicyError) as refused:
        read(text)
    assert str(refused.value) == f"numberplug.toml: version 2025-10-20: {clause}: {reason}"
