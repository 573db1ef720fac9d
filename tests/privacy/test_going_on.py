"""What can't be deleted by age is named, and everything else goes all the same; nothing of it is left in a byte."""

from datetime import timedelta

import pytest

from portal.audit.log import AuditEntry, Doer, StaffAct
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db
from portal.privacy import retention
from portal.privacy.classes import BY_AGE
from portal.privacy.retention import TooOld
from tests import factories
from tests.factories import NOW
from tests.privacy import people
from tests.privacy.kept_bytes import all_left, everything, found_in

LATE = NOW + timedelta(days=4000)


def broken(reference):
    """One whose first decision is not as any version of the portal wrote it."""
    with transaction():
        first = claim_for_change(reference).decisions[0]
        first.case = {}
    return reference


def described():
    db.session.rollback()
    return dict(db.session.execute(db.select(Claim.reference, Claim.description)).all())


@pytest.mark.long
@pytest.mark.parametrize("lot", [2, 100])
def test_a_broken_row_is_named_and_all_others_go(app, lot):
    bad = [broken(people.paid("first")), broken(people.paid("second"))]
    good = people.paid("third")
    found = {each.key: each for each in retention.run(now=LATE, by=Doer.WORKER, lot=lot)}
    assert found["texts"] == TooOld("texts", [good], [], dict.fromkeys(bad, "KeyError"))
    assert (found["holders"].names, found["holders"].failed) == ([*bad, good], {})
    assert described() == {bad[0]: "first asked twice.", bad[1]: "second asked twice.", good: None}
    acts = db.select(AuditEntry.about).where(AuditEntry.act == StaffAct.DELETE_BY_AGE)
    assert sum(int(each.split()[1]) for each in db.session.scalars(acts) if "texts" in each) == 1


def test_the_command_names_what_it_could_not_delete_and_ends_with_1(app):
    bad, good = broken(people.paid("first")), people.paid("second")
    with transaction():  # as old as the command's own clock asks
        for reference in (bad, good):
            claim_for_change(reference).moved_at = NOW - timedelta(days=4000)
    done = app.test_cli_runner().invoke(args=["retention", "run"])
    assert f"texts {bad} could not be deleted: KeyError" in done.stderr.splitlines()
    assert (f"texts {good}" in done.stdout.splitlines(), done.exit_code) == (True, 1)


def test_a_class_that_can_not_be_looked_through_stops_no_other(app):
    reference = people.paid("first")
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE phone_links RENAME TO gone")
    try:
        found = {each.key: each for each in retention.run(now=LATE, by=Doer.WORKER)}
        assert [*found["phone_links"].failed] == [None]
        assert found["texts"].names == [reference]
        assert [*found] == [each.key for each, _ in BY_AGE]
    finally:
        with db.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE gone RENAME TO phone_links")


@pytest.mark.daily_on("sqlite", "postgres")
def test_no_byte_is_left_of_what_went_by_age(app):
    people.paid("first", description="canarybird")
    factories.draft(order_reference="D-1", email="drafty@example.com", description="canarybird")
    all_left()
    words = "canarybird", "first called", "Dear first", "first typed", "bytes of first", "drafty"
    assert found_in(everything(app), *words) == {*words}
    for _ in retention.run(now=LATE, by=Doer.WORKER):
        pass
    assert found_in(everything(app), *words) == set()
