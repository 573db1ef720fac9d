"""The first start with proofs of the sealing keys, by all of a server's processes at once."""

import pytest
from sqlalchemy import delete

from portal.database import transaction
from portal.extensions import db
from portal.health import proofs
from portal.health.proofs import SealProof
from tests.conftest import NOW
from tests.races import race


def start():
    proofs.prove(lost=[], at=NOW)


@pytest.mark.daily_on("postgres")
@pytest.mark.parametrize("_time", range(5))
def test_processes_that_start_at_once_keep_one_proof_of_each_key(app, _time):
    with transaction():
        db.session.execute(delete(SealProof))
    assert race(app, [start] * 4) == [None] * 4
    assert db.session.query(SealProof).count() == 1
