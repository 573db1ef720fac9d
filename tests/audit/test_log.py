"""Every act that matters is logged with it, or not at all, and the database lets nobody unsay it."""

import psycopg
import pytest
from psycopg.errors import RaiseException
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from portal.api import tokens
from portal.api.tokens import TokenScope
from portal.audit.log import NO_SHOP, AuditEntry, Doer, StaffAct, note
from portal.claims.lifecycle import Action, Actor
from portal.claims.models import Claim
from portal.claims.verbs import revealing
from portal.database import transaction
from portal.extensions import db
from portal.handoff import keys
from portal.ledger.payout import Rail
from portal.payouts import setting
from portal.payouts.owed import switching
from portal.people import granting, reviewers
from portal.people.reviewers import Reviewer
from portal.people.rights import EVERY_SHOP, Right
from portal.records.arriving import sms
from portal.webhooks import setting as webhooks
from tests import factories
from tests.conftest import NOW
from tests.factories import SHOP
from tests.versions.drafts import admin, ready

FIELDS = "act", "role", "who_id", "shop", "claim", "whom_id", "about", "became"


def entries(*, of=None):
    db.session.rollback()
    found = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    return [tuple(getattr(each, name) for name in of or FIELDS) for each in found]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET who_id = NULL",
        "UPDATE audit_log SET act = act WHERE id = 1",
        "DELETE FROM audit_log",
    ],
)
def test_the_database_itself_refuses_to_change_the_log(app, statement):
    with transaction():
        note(StaffAct.SIGN_OUT, at=NOW, by=None)
    before = entries()
    with pytest.raises(DatabaseError, match="the audit log is only added to"), transaction():
        db.session.execute(text(statement))
    assert entries() == before == [
        ("sign_out", "command_line", None, NO_SHOP, None, None, "", None)
    ]  # fmt: skip


@pytest.mark.postgres
def test_postgresql_refuses_to_empty_it_too(postgres_url):
    with (
        psycopg.connect(postgres_url) as connection,
        pytest.raises(RaiseException, match="the audit log is only added to"),
    ):
        connection.execute("TRUNCATE audit_log")


def test_each_step_of_a_claim_is_logged_without_a_word_of_it(app):
    claim = factories.claim()
    assert entries() == [
        ("submit", Actor.CUSTOMER, None, SHOP, claim.reference, None, "", "submitted"),
        ("refer", Actor.POLICY, None, SHOP, claim.reference, None, "", "in_review"),
    ]


def test_an_act_that_fails_is_not_logged_and_one_that_is_not_logged_is_not_done(app):
    claim = factories.claim().id
    before = entries()
    with transaction():
        db.session.get_one(Claim, claim).move(Action.WITHDRAW, role=Actor.CUSTOMER, at=NOW)
        db.session.flush()
        db.session.rollback()
    assert entries() == before

    def without_a_time():
        found = db.session.get_one(Claim, claim)
        found.move(Action.WITHDRAW, role=Actor.CUSTOMER, at=NOW)
        found.audited.add(AuditEntry(act="withdraw", role="customer", shop=SHOP))
        db.session.flush()

    with transaction():
        with pytest.raises(DatabaseError):
            without_a_time()
        db.session.rollback()
    assert db.session.get_one(Claim, claim).status == "in_review"
    assert entries() == before


def test_what_stays_in_the_log_outlasts_the_words_of_its_claim(app):
    claim = factories.claim()
    kept = entries()
    with transaction():
        db.session.execute(text("UPDATE claim_events SET note = NULL, internal = NULL"))
        db.session.execute(text("DELETE FROM claim_events"))
    assert entries() == kept
    assert {row[4] for row in kept} == {claim.reference}


def test_a_look_at_payout_details_is_logged(app):
    pia = factories.reviewer(may_pay=True)
    claim = factories.claim()
    with transaction():
        revealing.note_look(
            db.session.get_one(Claim, claim.id), by=pia, at=NOW, why="The bank asks."
        )
    assert entries()[2:] == [
        ("reveal", "payer", pia.id, SHOP, claim.reference, None, "", "in_review")
    ]


def test_what_is_set_for_a_shop_is_logged_with_who_set_it(app):
    boss = factories.reviewer(rights={(SHOP, Right.ADMIN), (SHOP, Right.PAYER)}).id

    def by():
        return db.session.get_one(Reviewer, boss)

    with transaction():
        setting.set_rail(SHOP, Rail.MASSFILE, given={}, at=NOW, loopback=True, by=by())
        setting.unset(SHOP, Rail.MASSFILE, at=NOW, by=by())
        token, _ = tokens.issue(SHOP, name="x", scopes={TokenScope.CLAIMS}, at=NOW, by=by())
        tokens.revoke(token.public_id, at=NOW, by=by())
        tokens.revoke(token.public_id, at=NOW, by=by())  # was ended already
        key, _ = keys.add(SHOP, at=NOW, by=by())
        keys.revoke(key.kid, at=NOW)
        hook, _ = webhooks.add(SHOP, url="https://shop.example/h", at=NOW, loopback=False, by=by())
        webhooks.pause(hook, at=NOW, by=by())
        webhooks.resume(hook, at=NOW, by=by())
        webhooks.remove(hook, at=NOW, by=by())
        switching.turn(SHOP, stopped=True, by=by(), at=NOW)
        switching.turn(SHOP, stopped=True, by=by(), at=NOW)  # stands so already
        switching.turn(SHOP, stopped=False, by=by(), at=NOW)
        receiver, _ = sms.add_receiver(SHOP, zone="UTC", at=NOW)
        assert sms.end_receiver(receiver.key, at=NOW)
        names = token.public_id, key.kid, hook.key, receiver.key
    token, key, hook, receiver = names
    assert entries(of=("act", "who_id", "shop", "about")) == [
        ("set_rail", boss, SHOP, "massfile"),
        ("end_rail", boss, SHOP, "massfile"),
        ("make_token", boss, SHOP, token),
        ("end_token", boss, SHOP, token),
        ("make_key", boss, SHOP, key),
        ("end_key", None, SHOP, key),
        ("add_webhook", boss, SHOP, hook),
        ("pause_webhook", boss, SHOP, hook),
        ("resume_webhook", boss, SHOP, hook),
        ("remove_webhook", boss, SHOP, hook),
        ("stop_owed", boss, SHOP, ""),
        ("resume_owed", boss, SHOP, ""),
        ("add_receiver", None, SHOP, receiver),
        ("end_receiver", None, SHOP, receiver),
    ]


def test_who_is_added_and_what_they_may_is_logged_with_whom_it_was_done_to(app):
    boss = factories.reviewer(rights={(EVERY_SHOP, Right.ADMIN)}).id
    with transaction():
        by = db.session.get_one(Reviewer, boss)
        rights = {(SHOP, Right.LEAD)}
        new = granting.hire(email="n@example.com", name="N", rights=rights, by=by, at=NOW)
        granting.set_rights(new, rights={(SHOP, Right.PAYER)}, within=None, by=by, at=NOW)
        reviewers.forget_codes(new, by=by, at=NOW)
        granting.dismiss(new, by=None, at=NOW)
        person = new.id
    assert entries(of=("act", "role", "who_id", "shop", "whom_id", "about")) == [
        ("invite", Doer.STAFF, boss, NO_SHOP, person, ""),
        ("give_right", Doer.STAFF, boss, SHOP, person, "lead"),
        ("take_right", Doer.STAFF, boss, SHOP, person, "lead"),
        ("give_right", Doer.STAFF, boss, SHOP, person, "payer"),
        ("forget_codes", Doer.STAFF, boss, NO_SHOP, person, ""),
        ("dismiss", Doer.COMMAND_LINE, None, NO_SHOP, person, ""),
    ]


def test_a_draft_is_logged_by_what_it_came_to_and_not_by_its_words(app):
    ready(by=admin(email="nora@example.com"))
    acts = [act for act, shop in entries(of=("act", "shop")) if shop == "numberplug"]
    assert (acts[0], set(acts[1:])) == ("begin_draft", {"change_draft"})
