"""Each class of data goes when its time is over, exactly that; a legal hold keeps it; a dry run lists the same."""

from datetime import timedelta

import pytest

from portal.audit.log import AuditEntry, Doer, StaffAct
from portal.claims.desk.preserving import end_preserving, on_hold, preserve
from portal.claims.evidence.storage.chosen import storage
from portal.claims.history import Forgotten
from portal.claims.letters.notices import remind
from portal.claims.lifecycle import Action, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.refusals import NeedsReason
from portal.claims.verbs.codes import Asker, OneTimeCode, send_to_find
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Rail
from portal.ledger.runs import PayoutRun
from portal.mail.models import MailState, OutboxMail
from portal.people.reviewers import Role
from portal.privacy import retention
from portal.privacy.classes import BY_AGE, CLASSES
from portal.worker import JOBS
from tests import factories
from tests.factories import NOW
from tests.privacy import people

DAY = timedelta(days=1)


def claim(reference):
    db.session.rollback()
    return db.session.scalars(db.select(Claim).where(Claim.reference == reference)).one()


def listed(now):
    return {each.key: each.names for each in retention.too_old(now=now) if each.names}


def held(now):
    return {each.key: each.held for each in retention.too_old(now=now) if each.held}


def taken(now):
    """What a run takes, which is what a dry run listed before and nothing is left of."""
    before = listed(now)
    found = {each.key: each.names for each in retention.run(now=now, by=Doer.WORKER) if each.names}
    assert found == before
    assert listed(now) == {}
    return found


def files():
    return len(list(storage().written_before(NOW.replace(year=NOW.year + 50))))


def leave_all():
    """Every mail left."""
    with transaction():
        for mail in db.session.scalars(db.select(OutboxMail)):
            mail.state = MailState.SENT


def test_a_draft_goes_with_its_files_thirty_days_after_its_last_answer_or_file(app):
    begun = factories.draft(order_reference="D-1", files=0).reference
    later = factories.draft(order_reference="D-2", files=0)
    reference = later.reference
    factories.evidence(later, at=NOW + 5 * DAY, original_key=people.stored(b"a file"))
    sent = factories.claim(order_reference="D-3").reference
    end = NOW + 30 * DAY
    assert listed(end) == {}
    assert taken(end + timedelta(seconds=1)) == {"drafts": [begun]}
    assert files() == 1
    last = end + 5 * DAY + timedelta(seconds=1)
    assert taken(last) == {"drafts": [reference]}
    assert (files(), list(db.session.scalars(db.select(Claim.reference)))) == (0, [sent])


def test_a_draft_that_a_reminder_leads_back_to_is_there_for_thirty_days_after_it(app):
    begun = factories.draft(order_reference="D-1", files=0)
    reference, claimable = begun.reference, NOW + 40 * DAY
    with transaction():
        remind(begun, claimable_from=claimable, policy=factories.policy(), at=NOW)
    assert listed(NOW + 31 * DAY) == {}
    leave_all()
    assert listed(claimable + 30 * DAY) == {}
    assert taken(claimable + 30 * DAY + timedelta(seconds=1))["drafts"] == [reference]


def test_codes_and_mails_go_by_age_and_what_waits_to_leave_stays(app):
    with transaction():
        send_to_find(to="kim@example.com", by=Asker("b", "n"), policy=None, at=NOW)
    factories.claim()
    (code,) = db.session.scalars(db.select(OneTimeCode.id))
    assert taken(NOW + DAY + timedelta(seconds=1)) == {"codes": [code]}
    assert listed(NOW + 91 * DAY) == {}
    leave_all()
    mails = list(db.session.scalars(db.select(OutboxMail.id).order_by(OutboxMail.id)))
    assert len(mails) == 2
    assert taken(NOW + 90 * DAY + timedelta(seconds=1)) == {"mails": mails}


def test_of_a_claim_that_has_ended_each_part_goes_in_its_time_and_the_books_stay(app):
    reference, open_still = people.paid("canary"), people.sent("other")
    assert files() == 4
    year = claim(reference).moved_at + 400 * DAY + timedelta(seconds=1)
    assert taken(year - timedelta(seconds=2)) == {"typed": [1, 2]}
    assert taken(year) == {"files": [reference], "payees": [reference]}
    row = claim(reference)
    assert (row.evidence, row.payout_sealed, row.payee_key, files()) == ([], None, None, 2)
    assert row.description == "canary asked twice."
    late = NOW + 1096 * DAY
    assert taken(late) == {"texts": [reference]}
    row = claim(reference)
    assert (row.description, row.email) == (None, "canary@example.com")
    assert {each.note or each.internal for each in row.events} == {None, "…"}
    assert taken(NOW + 3651 * DAY) == {"holders": [reference]}
    row = claim(reference)
    assert (row.email, row.account_id[:7], row.status) == (None, "erased:", Status.PAID)
    assert row.payouts[0].amount_minor == 50
    parts = [each.data["parts"] for each in row.events if each.action is Action.ERASE]
    assert parts == [["files"], ["payee"], ["texts"], ["holder"]]
    acts = db.session.scalars(
        db.select(AuditEntry.about).where(AuditEntry.act == StaffAct.DELETE_BY_AGE)
    )
    assert list(acts) == ["typed 2", "files 1", "payees 1", "texts 1", "holders 1"]
    assert claim(open_still).description == "other asked twice."


def test_what_came_after_a_part_was_deleted_has_a_period_of_its_own(app):
    reference = people.paid("canary")
    year = NOW + 401 * DAY
    assert taken(year)["files"] == [reference]
    factories.evidence(claim(reference), at=year, original_key=people.stored(b"late"))
    with transaction():
        claim_for_change(reference).moved_at = year + DAY
    assert listed(year + 300 * DAY) == {}
    assert taken(year + 402 * DAY)["files"] == [reference]
    assert files() == 0
    (again,) = db.session.scalars(db.select(Forgotten.at).where(Forgotten.part == "files"))
    assert again == year + 402 * DAY


def test_under_a_legal_hold_nothing_of_a_claim_goes_until_it_is_taken_off(app):
    reference = people.paid("canary")
    leave_all()
    lead = factories.reviewer(role=Role.ADMIN)
    with transaction():
        row = claim_for_change(reference)
        with pytest.raises(NeedsReason):
            preserve(row, reason=" ", by=lead, at=NOW)
        preserve(row, reason="A court asked.", by=lead, at=NOW)
        preserve(row, reason="And a second one.", by=lead, at=NOW)
    late = NOW + 3651 * DAY
    about = db.select(OutboxMail.id).order_by(OutboxMail.id)
    mails = list(db.session.scalars(about.where(OutboxMail.about == reference)))
    others = list(db.session.scalars(about.where(OutboxMail.about.is_(None))))
    assert taken(late) == {"mails": others}
    assert (on_hold(claim(reference)), listed(late)) == (True, {})
    whole = {key: [reference] for key in ("files", "payees", "texts", "holders")}
    assert held(late) == {"typed": [1], "mails": mails} | whole
    with transaction():
        row = claim_for_change(reference)
        with pytest.raises(NeedsReason):
            end_preserving(row, reason="", by=lead, at=late)
        end_preserving(row, reason="It is over.", by=lead, at=late)
    assert (on_hold(claim(reference)), held(late)) == (False, {})
    assert taken(late) == {"typed": [1], "mails": mails} | whole
    acts = [act for act in db.session.scalars(db.select(AuditEntry.act)) if "preserv" in act]
    assert acts == ["preserve", "preserve", "end_preserving"]


def test_a_hold_that_is_put_on_while_a_run_goes_keeps_what_the_run_found_before(app):
    reference = people.paid("canary")
    leave_all()
    lead = factories.reviewer(role=Role.ADMIN)
    run = PayoutRun(shop=factories.SHOP, rail=Rail.MANUAL, kind="other", currency="USD", made_by_id=lead.id,
                    made_at=NOW, count=1, sum_minor=50, file_sealed="sealed")  # fmt: skip
    with transaction():
        db.session.add(run)
        db.session.flush()
        claim_for_change(reference).payouts[0].run_id = run.id
    late = NOW + 3651 * DAY
    found = {each.key: (data, data.find(late)) for each, data in BY_AGE}
    with transaction():
        preserve(claim_for_change(reference), reason="A court asked.", by=lead, at=NOW)
    kept = {}
    for key, (data, names) in found.items():
        with transaction():
            kept[key] = sorted({*names} - {*data.forget(names, before=late, now=late)[0]})
    kept = {key: names for key, names in kept.items() if names}
    assert kept == held(late)
    assert {*kept} == {"typed", "mails", "payment_files", "files", "payees", "texts", "holders"}


def test_the_command_lists_what_it_would_delete_and_then_deletes_that(app):
    begun = factories.draft(order_reference="D-1", files=0).reference
    runner = app.test_cli_runner()
    dry = runner.invoke(args=["retention", "run", "--dry-run"])
    assert (dry.output, dry.exit_code) == (f"drafts {begun}\n", 0)
    assert claim(begun).status is Status.DRAFT
    assert runner.invoke(args=["retention", "run"]).output == dry.output
    assert db.session.scalar(db.select(Claim.id)) is None
    lines = runner.invoke(args=["retention", "list"]).output.splitlines()
    assert [line.split()[0] for line in lines] == [each.key for each in CLASSES]


def test_the_worker_runs_it_once_a_day_and_each_other_class_has_a_job_that_is_there(app):
    begun = factories.draft(order_reference="D-1", files=0)
    assert begun.reference
    names = {job.name: job for job in JOBS}
    assert names["delete by age"].every == 86_400
    assert {each.job for each in CLASSES if each.job} <= names.keys()
    assert names["delete by age"].act(now=NOW + 31 * DAY) == 0
    assert listed(NOW + 31 * DAY) == {}
    assert len({each.key for each in CLASSES}) == len(CLASSES) > len(BY_AGE)
    with pytest.raises(TypeError):
        next(each for each in CLASSES if each.key == "books").before(None, now=NOW)
