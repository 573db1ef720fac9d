"""What governs: the files, and over them what was published; neither ever changes unseen."""

import itertools
import shutil
from datetime import date

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from portal.database import transaction
from portal.extensions import Base, db
from portal.policy.deciding.document import PolicyError
from portal.policy.file.places import SHOPS, shop_files
from portal.policy.file.reading import load, shops
from portal.versions import drafting
from portal.versions.models import PolicyVersion
from portal.versions.registry import PAUSE, Policies
from tests.factories import NOW
from tests.versions.drafts import NEXT, SHOP, admin, begun, published, ready

FIRST = date(2025, 10, 20)


def dates(policies, shop=SHOP):
    return [version.in_force for version in policies[shop].versions]


def spoil(row, **values):
    with transaction():
        db.session.execute(update(PolicyVersion).where(PolicyVersion.id == row.id).values(**values))


@pytest.fixture
def policies(app):
    return app.extensions["policies"]


def test_without_a_publication_the_files_govern(policies):
    assert dict(policies) == shops()
    assert len(policies) == 5
    assert policies.governing(SHOP).text == (SHOPS / f"{SHOP}.toml").read_text()
    with pytest.raises(KeyError):
        policies["nobody"]


def test_a_draft_governs_nothing(policies):
    ready()
    policies.renew()
    assert dates(policies) == [FIRST]


def test_what_is_published_governs_the_claims_that_are_sent_from_its_date_on(policies):
    version = published()
    policies.renew()
    assert dates(policies) == [FIRST, NEXT]
    assert policies[SHOP].current.sha256 == version.sha256
    assert policies[SHOP].version_at(NOW).in_force == FIRST
    assert policies.governing(SHOP).text == version.text
    assert dict(policies) | {SHOP: None} == shops() | {SHOP: None}


def test_another_process_sees_it_within_a_minute_and_looks_no_oftener(app):
    now = itertools.count()
    seconds = [0.0]
    other = Policies(shop_files(), at=NOW, clock=lambda: seconds[0])
    published()
    looks = []
    renew, other.renew = other.renew, lambda: (looks.append(next(now)), renew())
    seconds[0] = PAUSE - 1
    other.look()
    assert dates(other) == [FIRST]
    seconds[0] = PAUSE
    other.look()
    assert dates(other) == [FIRST, NEXT]
    seconds[0] = 2 * PAUSE - 1
    other.look()
    assert dates(other) == [FIRST, NEXT]
    assert len(looks) == 1


def test_to_read_what_governs_is_never_to_look_into_the_database(app):
    seconds = [0.0]
    other = Policies(shop_files(), at=NOW, clock=lambda: seconds[0])
    published()
    seconds[0] = 2 * PAUSE
    with transaction():
        assert dates(other) == [FIRST]
    other.look()
    assert dates(other) == [FIRST, NEXT]


def test_before_the_tables_are_there_the_files_govern(app):
    Base.metadata.drop_all(
        db.engine,
        tables=[
            Base.metadata.tables[f"policy_{name}"] for name in ("events", "answers", "versions")
        ],
    )
    try:
        policies = Policies(shop_files(), at=NOW)
        policies.renew()
        assert dates(policies) == [FIRST]
    finally:
        Base.metadata.create_all(db.engine)


def test_a_published_text_that_was_changed_in_the_database_is_refused(app, policies):
    row = published()
    spoil(row, text=row.text + "# a word more\n")
    with pytest.raises(PolicyError) as refused:
        policies.renew()
    assert str(refused.value) == (
        f"numberplug (policy_versions, row {row.id}): the text is not as it was published:"
        " restore the row from a backup"
    )
    assert dates(policies) == [FIRST]


def test_a_published_version_whose_hash_was_changed_is_refused(app, policies):
    row = published()
    spoil(row, sha256="0" * 64)
    with pytest.raises(
        PolicyError, match=r"row 1\): version 2026-04-01 is not as it was published"
    ):
        policies.renew()


def test_a_running_portal_goes_on_with_what_it_has(app):
    seconds = [0.0]
    policies = Policies(shop_files(), at=NOW, clock=lambda: seconds[0])
    spoil(published(), text="")
    seconds[0] = PAUSE
    with capture_logs() as logs:
        policies.look()
    assert [entry["event"] for entry in logs] == ["published policy refused"]
    assert dates(policies) == [FIRST]


def test_a_file_must_agree_with_what_was_published_over_it(app, tmp_path):
    draft = begun()
    path = tmp_path / "numberplug.toml"
    path.write_text(draft.text.replace("2026-04-01", "2026-03-20"))
    with transaction():
        drafting.discard(draft, seen=draft.text_sha256, by=admin(), at=NOW)
    published()
    policies = Policies([path], at=NOW)
    with pytest.raises(PolicyError) as refused:
        policies.renew()
    assert str(refused.value) == (
        "numberplug.toml: version 2026-03-20 is not part of what was published in the browser,"
        " which governs: take it out of the file, and publish it in the browser"
    )


def test_the_publication_of_a_shop_without_a_file_is_left_alone(app):
    published()
    policies = Policies([SHOPS / "sms-service.toml"], at=NOW)
    policies.renew()
    assert list(policies) == ["sms-service"]


def test_a_file_that_is_read_over_an_examples_governs_from_look_to_look(app, tmp_path):
    """It was read at the start, and the example beside it is nothing new."""
    own = tmp_path / "own.toml"
    own.write_text((SHOPS / "numberplug.toml").read_text().replace("NumberPlug", "Plug"))
    files = [SHOPS / "numberplug.toml", own]
    policies = Policies(files, at=NOW, later=lambda: files)
    for _ in range(3):
        policies.renew()
        assert (policies[SHOP].shop.name, policies.paths) == ("Plug", {SHOP: own})


def test_a_later_file_of_a_shop_that_runs_is_left_out_and_told_once(app, tmp_path):
    files = [SHOPS / "numberplug.toml"]
    policies = Policies(files, at=NOW, later=lambda: files)
    late = tmp_path / "late.toml"
    late.write_text(files[0].read_text().replace("NumberPlug", "Plug"))
    files.append(late)
    with capture_logs() as logs:
        policies.renew()
        policies.renew()
    told = {"file": str(late), "shop": SHOP, "taken": str(files[0]), "log_level": "error"}
    assert logs == [{"event": "policy file left out"} | told]
    assert policies[SHOP].shop.name == "NumberPlug"


def test_a_version_in_a_file_counts_only_once_it_is_pinned(app, tmp_path):
    text = begun().text
    path = tmp_path / "numberplug.toml"
    path.write_text(text)
    version = load(path).versions[0]
    pins = tmp_path / "published.toml"
    pins.write_text(f'[numberplug]\n{FIRST} = "{version.sha256}"\n')
    policies = Policies([path], at=NOW)
    assert dates(policies) == [FIRST]
    assert policies.governing(SHOP).text == (SHOPS / "numberplug.toml").read_text()
    pins.unlink()
    assert dates(Policies([path], at=NOW)) == [FIRST, NEXT]
    shutil.copy(SHOPS / "numberplug.toml", path)
    assert dates(Policies([path], at=NOW)) == [FIRST]
