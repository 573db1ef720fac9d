"""A pinned version of a file never changes, never goes, and none begins without a pin."""

from datetime import UTC, date, datetime

import pytest

from portal.policy.deciding.document import PolicyError
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import load, shops
from portal.policy.text import editing
from portal.versions import pins
from tests.factories import NOW

FIRST, NEXT = date(2025, 10, 20), date(2026, 4, 1)
AFTER = datetime(2026, 4, 2, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    """A policy file with a published version and one to come."""
    path = tmp_path / "numberplug.toml"
    path.write_text((SHOPS / path.name).read_text())
    pin(path)
    path.write_text(editing.with_copy(path.read_text(), FIRST, NEXT))
    return path


def pin(path, at=NOW):
    return pins.pin(load(path), path.parent, name=path.name, at=at)


def unpublished(path, at=NOW):
    policy = load(path)
    return pins.unpublished(policy, pins.read(path.parent)[policy.id], name=path.name, at=at)


def refusal(path, at=NOW):
    with pytest.raises(PolicyError) as refused:
        unpublished(path, at)
    with pytest.raises(PolicyError) as same:
        pin(path, at)
    assert str(same.value) == str(refused.value)
    return str(refused.value)


def test_a_version_to_come_is_a_draft_until_it_is_pinned(path):
    assert unpublished(path) == {NEXT}
    assert pin(path) == (NEXT,)
    assert unpublished(path) == frozenset()
    assert unpublished(path, AFTER) == frozenset()
    policy = load(path)
    assert pins.read(path.parent) == {
        "numberplug": {version.in_force: version.sha256 for version in policy.versions}
    }


def test_pinning_again_changes_nothing(path):
    pin(path)
    before = (path.parent / "published.toml").read_text()
    assert pin(path) == ()
    assert (path.parent / "published.toml").read_text() == before


def test_a_changed_version_is_refused(path):
    path.write_text(path.read_text().replace("more than 30 seconds after", "late after", 1))
    assert refusal(path) == (
        "numberplug.toml: version 2025-10-20 has changed since it was published: put it back as it"
        " was, and write the change as a new [[version]] with a date to come"
    )


def test_what_only_explains_a_version_may_change(path):
    text = path.read_text().replace('name = "NumberPlug"', 'name = "NumberPlug Ltd"')
    path.write_text("# a word more\n" + text)
    assert unpublished(path) == {NEXT}


def test_a_missing_version_is_refused(path):
    path.write_text(editing.with_date(path.read_text(), FIRST, date(2025, 10, 21)))
    assert refusal(path) == (
        "numberplug.toml: version 2025-10-20 is missing, and it was published: put it back as it was"
    )


def test_a_version_that_begins_without_a_pin_is_refused(path):
    assert refusal(path, AFTER) == (
        "numberplug.toml: version 2026-04-01 would be in force, and it was never published: give it"
        " a date to come, then run: flask --app wsgi policy pin numberplug"
    )


def test_the_first_pins_take_a_file_as_it_is(tmp_path):
    path = tmp_path / "numberplug.toml"
    path.write_text((SHOPS / path.name).read_text())
    assert pins.read(tmp_path) == {}
    assert pin(path) == (FIRST,)


def test_each_shop_has_its_own_pins(path):
    other = path.parent / "sms-service.toml"
    other.write_text((SHOPS / other.name).read_text())
    first = pins.read(path.parent)["numberplug"]
    pin(other)
    assert set(pins.read(path.parent)) == {"numberplug", "sms-service"}
    assert pins.read(path.parent)["numberplug"] == first


def test_everything_that_the_five_shops_say_is_pinned():
    assert pins.read(SHOPS) == {
        shop: {version.in_force: version.sha256 for version in policy.versions}
        for shop, policy in shops().items()
    }


@pytest.mark.parametrize("spoilt", ["[numberplug", "a = 1", '[a]\nx = "1"', "[a]\n2025-10-20 = 7"])
def test_pins_that_cannot_be_read_are_refused(tmp_path, spoilt):
    (tmp_path / "published.toml").write_text(spoilt)
    with pytest.raises(PolicyError, match="the pins cannot be read"):
        pins.read(tmp_path)
