"""A worker that comes too late with a file writes nothing over the one that has it now."""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import DBAPIError

from portal.claims.evidence import files, sweeping
from portal.claims.lifecycle import EvidenceState
from portal.claims.models import Evidence
from portal.database import transaction
from portal.extensions import db
from tests import factories
from tests.claims.encoded import png
from tests.claims.uploads import commit_lost, row, upload
from tests.factories import NOW


def test_a_late_worker_leaves_the_file_to_the_one_that_has_leased_it_since(
    app, tmp_path, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    number = upload(factories.draft(files=0).reference, png((1900, 1600), noisy=True))

    def late():
        with app.app_context():
            files.check_due(now=NOW)
            db.session.remove()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(late)
        while not list(tmp_path.glob(f"{files.storage().workplace}*")):
            time.sleep(0.005)
        with transaction():
            db.session.get_one(Evidence, number).attempts += 1  # another worker's lease
        done.result(60)

    file = row(number)
    assert (file.state, file.attempts, file.views) == (EvidenceState.CHECKING, 2, [])
    assert files.check_due(now=NOW + files.LEASE) == 1
    assert row(number).state is EvidenceState.READY


@pytest.mark.parametrize("kept", [True, False])
def test_what_a_check_found_is_kept_where_its_commit_broke_off(app, kept):
    number = upload(factories.draft(files=0).reference, png((40, 40), noisy=True))
    with commit_lost(2, kept=kept), pytest.raises(DBAPIError):
        files.check_due(now=NOW)
    db.session.remove()
    assert row(number).state is (EvidenceState.READY if kept else EvidenceState.CHECKING)
    assert files.check_due(now=NOW + files.LEASE) == (not kept)
    file = row(number)
    assert file.state is EvidenceState.READY
    later = NOW.now(NOW.tzinfo) + sweeping.SAFE * 2
    sweeping.sweep(now=later)  # the original, or the views of the first try
    assert set(files.storage().written_before(later)) == {view["key"] for view in file.views}
