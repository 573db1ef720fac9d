"""All that becomes of a claim's picture in a bucket: sent, cleaned, shown, blacked out, copied, kept elsewhere, put back, erased."""

import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from portal.backup import making, restoring
from portal.backup.restoring import NotRestored
from portal.claims.evidence import sweeping
from portal.claims.evidence.files import check_due
from portal.claims.evidence.storage.chosen import storage
from portal.privacy.copying import copy_of
from portal.shops.machine import examine_portal
from tests import factories
from tests.factories import NOW
from tests.listeners.buckets import CALLS, at, free_port, told
from tests.portals import portal_at, within
from tests.web.pictures.parts import MIDDLE, red_in_the_middle, seen_at
from tests.web.steps.journeys import drafted, stored

pytestmark = [pytest.mark.xdist_group("bucket"), pytest.mark.any_database]

EVER = datetime.max.replace(tzinfo=UTC)
LATER = datetime.now(UTC) + timedelta(days=2)  # by the bucket's clock
BLACK = (0, 0, 0)


def keys():
    return sorted(storage().written_before(EVER))


def named(reference):
    return sorted(each["key"] for file in stored(reference).evidence for each in file.views)


@pytest.mark.long
def test_a_picture_goes_all_of_its_way_in_a_bucket(app, visitor, bucket, tmp_path, database):
    told(app, bucket)
    reference = drafted(visitor, reason="wrong_code")
    visitor.post(f"/evidence/{reference}", {"files": [red_in_the_middle()]})
    (original,) = keys()
    check_due(now=NOW)
    before = named(reference)
    assert keys() == before != [original]
    view = f"/evidence/{reference}/{stored(reference).evidence[0].public_id}/view"
    first, whole = (
        visitor.client.get(view, headers={"Range": "bytes=0-9"}),
        visitor.client.get(view),
    )
    assert (first.status_code, first.data) == (206, whole.data[:10])
    visitor.post(f"{view}/black-out", MIDDLE | {"do": "burn"})
    assert seen_at(visitor, view) == BLACK
    assert keys() == named(reference)
    assert not set(before) & set(keys())

    # What a killed upload left is swept, what a row knows is not.
    left = storage().create(io.BytesIO(b"left over"), limit=100).key
    assert sweeping.sweep(now=datetime.now(UTC)) == 0
    assert sweeping.sweep(now=LATER) == 1
    assert left not in keys()

    with (
        copy_of(factories.EMAIL, shops=[factories.SHOP], at=NOW) as copy,
        zipfile.ZipFile(copy) as whole,
    ):
        kept = [whole.read(name) for name in whole.namelist() if name.startswith("files/")]
    assert sorted(kept) == sorted(_bytes(key) for key in keys())

    contents = {key: _bytes(key) for key in keys()}
    making.make(tmp_path / "backup", at=NOW)
    (found,) = [
        each
        for each in examine_portal(factories.SHOP, migrations=tmp_path)
        if each.name == "evidence"
    ]
    assert found.seen == f"in {app.extensions['settings'].bucket}, written and read"

    done = app.test_cli_runner().invoke(args=["privacy", "erase", factories.EMAIL])
    assert (done.exit_code, keys()) == (0, [])

    other = bucket | {"evidence_bucket": "another-of-tests"}
    assert CALLS.request("PUT", f"{bucket['evidence_s3_endpoint']}/another-of-tests").status == 200
    with within(portal_at(f"sqlite:///{tmp_path}/there.sqlite3", tmp_path / "there", **other)):
        restoring.restore(tmp_path / "backup", replace=False, at=NOW)
        assert {key: _bytes(key) for key in keys()} == contents
    with within(portal_at(f"sqlite:///{tmp_path}/third.sqlite3", tmp_path / "third", **other)):
        with pytest.raises(NotRestored, match=r"another-of-tests .* EVIDENCE_BUCKET, or write"):
            restoring.restore(tmp_path / "backup", replace=False, at=NOW)
        restoring.restore(tmp_path / "backup", replace=True, at=NOW)
        assert {key: _bytes(key) for key in keys()} == contents


def test_who_is_erased_while_the_bucket_is_away_is_told_what_stays(app, visitor):
    reference = drafted(visitor, reason="wrong_code")
    visitor.post(f"/evidence/{reference}", {"files": [red_in_the_middle()]})
    told(app, at(free_port(), evidence_s3_timeout=0.5))
    done = app.test_cli_runner().invoke(args=["privacy", "erase", factories.EMAIL])
    assert done.exit_code == 2
    assert "1 files are stored still" in done.stderr
    assert "the worker deletes them when they are a day old" in done.stderr


def _bytes(key):
    with storage().open(key) as file:
        return file.read()
