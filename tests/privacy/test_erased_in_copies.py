"""A copy of before has an erased person again: what is kept outside erases them once more before it goes on."""

import json

import pytest

from portal import epoch
from portal.audit.log import AuditEntry, StaffAct
from portal.claims.lifecycle import Status
from portal.claims.queries import claim_for_change
from portal.config.settings import settings
from portal.database import transaction
from portal.extensions import db
from portal.privacy import erasures
from portal.privacy.erasing import NotErased, erase, erase_again, find
from portal.sealed import SealKeyMissing
from tests.factories import NOW
from tests.privacy import people
from tests.privacy.kept_bytes import all_left, everything, found_in

CANARY, OTHER = "canarybird", "otherfinch"
ADDRESS = f"{CANARY}@example.com"


def as_before():
    """Make this database one of before the erasure that is written down next: it knows of none."""
    all_left()
    return erasures.keep(ADDRESS, holder="erased:0123456789abcdef", at=NOW)


def erased():
    db.session.rollback()
    acts = db.select(AuditEntry.about).where(AuditEntry.act == StaffAct.ERASE_PERSON)
    return list(db.session.scalars(acts.order_by(AuditEntry.id)))


def test_who_is_erased_is_written_down_outside_without_the_address(app):
    people.paid(CANARY)
    all_left()
    assert erasures.unknown_here() == []
    erase(ADDRESS, at=NOW)
    path = erasures.place()
    assert path == epoch.outside().with_name(f"{epoch.outside().name}.erased")
    assert oct(path.stat().st_mode)[-3:] == "600"
    assert found_in(path.read_bytes(), CANARY) == set()
    (told,) = [json.loads(line) for line in path.read_text().split("\n") if line]
    assert told["holder"] == erased()[0]
    assert erasures.unknown_here() == []
    erase("nobody@example.com", at=NOW)
    assert path.read_text().count("erased:") == 1


def test_what_was_not_done_is_taken_back_and_a_line_without_room_counts_for_nothing(app):
    kept = as_before()
    with erasures.place().open("a") as file:
        file.write('\n{"holder": "erased:cut o')
    assert erasures.unknown_here() == [kept]
    erasures.take_back(kept)
    assert erasures.unknown_here() == []


@pytest.mark.daily_on("sqlite", "postgres")
def test_in_a_copy_of_before_they_are_erased_again_and_nobody_else(app):
    people.paid(CANARY, order="O-77")
    people.paid(OTHER, order="O-78")
    kept = as_before()
    assert found_in(everything(app), CANARY, OTHER) == {CANARY, OTHER}
    epoch.come_apart(at=NOW)
    done = app.test_cli_runner().invoke(args=["restore", "reconcile", "--yes"])
    assert (done.exit_code, "erased since: 1, of whom this copy had 1" in done.output) == (0, True)
    assert found_in(everything(app), CANARY, OTHER) == {OTHER}
    assert erased() == [kept.holder]
    assert (erasures.unknown_here(), epoch.is_apart()) == ([], False)


def test_whoever_came_anew_after_it_stays(app):
    kept = as_before()
    assert erase_again(at=NOW) == (1, 0)
    people.paid(CANARY)
    assert (erase_again(at=NOW), erased()) == ((0, 0), [kept.holder])
    assert len(find(ADDRESS).claims) == 1


def test_what_is_open_in_the_copy_keeps_it_from_going_on_and_is_named(app):
    reference = people.paid(CANARY)
    as_before()
    with transaction():
        claim_for_change(reference).status = Status.APPEALED
    epoch.come_apart(at=NOW)
    told = app.test_cli_runner().invoke(args=["restore", "reconcile", "--yes"])
    assert (told.exit_code, f"claim {reference} is open" in told.output) == (1, True)
    assert epoch.is_apart()
    with pytest.raises(NotErased):
        erase_again(at=NOW)


def test_under_a_key_that_is_not_set_any_more_it_says_which(app):
    people.paid(CANARY)
    kept = as_before()
    path = erasures.place()
    path.write_text(path.read_text().replace(f'"key": "{kept.key}"', '"key": "old"'))
    with pytest.raises(SealKeyMissing, match="the key old is not among the keys"):
        erase_again(at=NOW)
    assert settings().seal_keys
    epoch.come_apart(at=NOW)
    told = app.test_cli_runner().invoke(args=["restore", "reconcile", "--yes"])
    assert (told.exit_code, "SEAL_KEYS" in told.output, epoch.is_apart()) == (1, True, True)
