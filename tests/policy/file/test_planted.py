"""Slips of an owner's hand: each is found when the file loads, by its examples, or by a check.

planted/SHOP.toml lists them: what is replaced in a clause's table (`old`, `new`), a clause taken out
(`drop`), one more (`add`), and which of the three finds it (`found`; of a check also what it calls it).
"""

import tomllib
from pathlib import Path

import pytest

from portal.policy.deciding.document import PolicyError
from portal.policy.file.examples import run
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import whole
from portal.proof import checking
from tests.sizes import part

FOLDER = Path(__file__).parent / "planted"
CLAUSE, EXAMPLES = "[[version.clause]]\n", "\n# Examples: "
PLANTED = [
    pytest.param(path.stem, defect, id=f"{path.stem}-{defect['name']}")
    for path in sorted(FOLDER.glob("*.toml"))
    for defect in tomllib.loads(path.read_text(encoding="utf-8"))["defect"]
]


def planted(text, defect):
    """The file's text with the defect in it."""
    rules, begin, examples = text.partition(EXAMPLES)
    head, *tables = rules.split(CLAUSE)
    if "add" in defect:
        return rules + defect["add"] + begin + examples
    if "clause" not in defect:
        assert rules.count(defect["old"]) == 1
        return rules.replace(defect["old"], defect["new"]) + begin + examples
    (place,) = [n for n, table in enumerate(tables) if f'id = "{defect["clause"]}"' in table]
    if defect.get("drop"):
        del tables[place]
    else:
        assert tables[place].count(defect["old"]) == 1
        tables[place] = tables[place].replace(defect["old"], defect["new"])
    return CLAUSE.join([head, *tables]) + begin + examples


def finder(content, folder):
    """What finds the defect: loading, examples, or what a check calls it; else nothing."""
    try:
        policy = whole(content, "planted.toml")
    except PolicyError:
        return "loading"
    if any(result.differences for result in run(policy, policy.current)):
        return "examples"
    file = folder / "planted.toml"
    file.write_bytes(content)
    problems = checking.answer(str(file))["problems"]
    return f"check: {problems[0]['kind']}" if problems else "nothing"


@pytest.mark.one_in(2)
@pytest.mark.exhaustive
@pytest.mark.parametrize(("shop", "defect"), part(PLANTED, 0, every=12))
def test_a_planted_defect_is_found(shop, defect, tmp_path):
    text = (SHOPS / f"{shop}.toml").read_text(encoding="utf-8")
    assert finder(planted(text, defect).encode(), tmp_path) == defect["found"]


def test_the_corpus_is_large_and_needs_all_three():
    found = [param.values[1]["found"].partition(":")[0] for param in PLANTED]
    assert len(found) >= 60
    assert set(found) == {"loading", "examples", "check"}
