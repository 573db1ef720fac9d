"""``policy versions``, ``text`` and ``pin``: what is printed, and what is published."""

import shutil
from datetime import date, timedelta

import pytest

from portal.policy.file.places import SHOPS
from portal.policy.file.reading import load
from portal.policy.text import editing
from portal.versions import pins
from tests.portals import portal_at
from tests.versions.drafts import SHOP, admin, begun, governing, published, withdrawn

FIRST = date(2025, 10, 20)
LATER = date.today() + timedelta(days=30)  # noqa: DTZ011 - the command knows the day


@pytest.fixture
def run(app):
    return lambda *args: app.test_cli_runner().invoke(args=["policy", *map(str, args)])


@pytest.fixture(scope="module")
def pin(tmp_path_factory):
    """The command without a database: it needs none."""
    folder = tmp_path_factory.mktemp("commands")
    runner = portal_at(f"sqlite:///{folder / 'none.sqlite3'}", folder).test_cli_runner()
    return lambda name: runner.invoke(args=["policy", "pin", str(name)])


def test_versions_lists_the_draft_and_what_is_published(app, run):
    version = published(in_force=LATER)
    app.extensions["policies"].renew()
    draft = begun(in_force=LATER + timedelta(days=1))
    done = run("versions", SHOP)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        f"numberplug           {draft.in_force}  draft      by {draft.author.name}",
        f"numberplug           {LATER}  scheduled  published 2026-03-04 by {version.published_by.name}",
        "numberplug           2025-10-20  in force   in the file",
    ]
    assert len(run("versions").stdout.splitlines()) == 7
    assert run("versions", "nobody").exit_code == 2


def test_versions_lists_what_was_withdrawn_with_its_reason(app, run):
    version = published(in_force=LATER)
    withdrawn(version, by=admin(name="Nora"), why="The wrong\nclause.")
    assert run("versions", SHOP).stdout.splitlines() == [
        f"numberplug           {LATER}  withdrawn  withdrawn 2026-03-04 by Nora: The wrong clause.",
        "numberplug           2025-10-20  in force   in the file",
    ]
    verified = run("verify")
    assert (verified.exit_code, verified.stdout) == (
        0,
        "0 decisions made again, 0 of them not the same\n",
    )


def test_text_prints_the_file_that_governs(app, run):
    version = published(in_force=LATER)
    assert run("text", SHOP).stdout == governing().text != version.text
    app.extensions["policies"].renew()
    assert run("text", SHOP).stdout == version.text
    assert run("text", "nobody").exit_code == 2


def test_a_version_published_in_the_browser_goes_by_its_shop_and_date(app, run):
    published(in_force=LATER)
    before = run("diff", SHOP, f"{SHOP}@{LATER}")
    assert (before.exit_code, f"has no version of {LATER}" in before.output) == (2, True)
    app.extensions["policies"].renew()
    after = run("diff", f"{SHOP}@{FIRST}", f"{SHOP}@{LATER}")
    assert after.exit_code == 0
    tested = run("test", SHOP)
    assert tested.output.startswith(f"numberplug, in force from {LATER}: ")


@pytest.fixture(scope="module")
def published_once(pin, tmp_path_factory):
    """A folder with a shop's file, published, and what the command said: its check takes seconds."""
    folder = tmp_path_factory.mktemp("pinned")
    done = pin(shutil.copy(SHOPS / f"{SHOP}.toml", folder / f"{SHOP}.toml"))
    return folder, done.stdout


@pytest.fixture
def pinned(published_once, tmp_path):
    """The file with its publication beside it, a copy for each test."""
    return shutil.copytree(published_once[0], tmp_path / "pinned") / f"{SHOP}.toml"


def test_pin_publishes_what_is_new_and_clean(pin, published_once, pinned):
    assert published_once[1] == f"numberplug: the version of {FIRST} is published\n"
    assert pin(pinned).stdout == "numberplug: nothing new\n"
    pinned.write_text(editing.with_copy(pinned.read_text(), FIRST, LATER))
    assert pin(pinned).stdout == f"numberplug: the version of {LATER} is published\n"
    assert set(pins.read(pinned.parent)[SHOP]) == {FIRST, LATER}


@pytest.mark.long
def test_pin_publishes_nothing_that_the_check_finds_fault_with(pin, pinned):
    text = editing.with_copy(pinned.read_text(), FIRST, LATER)
    pinned.write_text(
        editing.with_clause(
            text, LATER, "NP-3.3", {"when": "claim.reason = caller_id and claim.reason = other"}
        )
    )
    done = pin(pinned)
    assert done.exit_code == 1
    assert f"The check of {LATER} found " in done.stderr
    assert set(pins.read(pinned.parent)[SHOP]) == {FIRST}


@pytest.mark.long
def test_pin_refuses_a_changed_version(pin, pinned):
    before = pins.read(pinned.parent)
    pinned.write_text(pinned.read_text().replace("more than 30 seconds after", "late after"))
    done = pin(pinned)
    assert (done.exit_code, pins.read(pinned.parent)) == (1, before)
    assert "version 2025-10-20 has changed since it was published" in done.stderr
    assert load(pinned).versions[0].sha256 != before[SHOP][FIRST]


def test_pin_refuses_what_is_no_file(pin):
    assert pin("nobody").exit_code == 2


def test_a_shop_of_our_own_goes_by_its_id_whatever_its_file_is_called(tmp_path):
    text = (SHOPS / f"{SHOP}.toml").read_text(encoding="utf-8")
    file = tmp_path / "rules.toml"
    file.write_text(text.replace('id = "numberplug"', 'id = "ours"', 1), encoding="utf-8")
    portal = portal_at(f"sqlite:///{tmp_path / 'none.sqlite3'}", tmp_path, policy_files=[file])
    done = portal.test_cli_runner().invoke(args=["policy", "test", "ours"])
    assert (done.exit_code, done.output) == (
        0,
        f"ours, in force from {FIRST}: 37 of 37 examples hold\n",
    )
