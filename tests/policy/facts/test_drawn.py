"""What the docs say of the facts is drawn from their table, and is what the table says today."""

import pytest

from tests.policy.facts import drawn


def test_the_schema_of_a_case_is_drawn_from_the_table():
    assert drawn.json.loads(drawn.SCHEMA.read_text(encoding="utf-8")) == drawn.case_schema()


@pytest.mark.parametrize("name", drawn.pages())
def test_a_page_of_the_docs_is_drawn_from_the_table(name):
    page = (drawn.DOCS / name).read_text(encoding="utf-8")
    parts = drawn.pages()[name]
    assert page == drawn.drawn(page, parts), "make facts draws it anew"
    assert [part for part in parts if f"<!-- {part}: drawn -->\n|" not in page] == []
