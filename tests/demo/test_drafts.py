"""The demo's draft can be published: the check finds nothing in it, and it moves claims."""

import pytest

from portal.database import transaction
from portal.demo import drafts
from portal.policy.file.reading import load
from portal.words.differences import differences
from portal.workbench.running import ask
from tests.factories import NOW
from tests.versions.drafts import admin, governing


@pytest.mark.long
@pytest.mark.any_database
def test_the_demos_draft_is_clean_and_changes_the_window_alone(app, tmp_path):
    by, before = admin(), governing(drafts.SHOP)
    text = drafts.written(before, at=NOW)
    with transaction():
        draft = drafts.begin(text, governing=before, by=by, at=NOW)
    path = tmp_path / "activation-claims.toml"
    path.write_text(draft.text)
    found = ask("check", str(path))
    assert (found["clean"], found["problems"]) == (True, [])
    old, new = load(path).versions
    said = {each.clause: each.values for each in differences(old, new) if each.values}
    window = "five days became seven days"
    assert said == dict.fromkeys(("AC-D1", "AC-R1", "AC-2", "AC-R2", "AC-R3"), window)
