"""A worker that comes too late with a file writes nothing over the one that has it now."""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from portal.claims.evidence import files
from portal.claims.lifecycle import EvidenceState
from portal.claims.models import Evidence
from portal.database import transaction
from portal.extensions import db
from tests import factories
from tests.claims.encoded import png
from tests.claims.uploads import row, upload
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
