"""Each act of those who work here is one row of the audit log: no act without, and none with two."""

from datetime import date
from time import time

from sqlalchemy import select

from portal.api import tokens
from portal.api.tokens import TokenScope
from portal.audit.log import AuditEntry, StaffAct
from portal.claims.desk.snippets import Snippet, SnippetWords, keep_snippet, remove_snippet
from portal.database import transaction
from portal.extensions import db
from portal.handoff import keys
from portal.ledger.payout import Rail
from portal.payouts import releasing, runs, setting
from portal.payouts.owed import switching
from portal.people import granting, passkeys, reviewers
from portal.people.reviewers import Reviewer, Role
from portal.people.rights import Right
from portal.records.arriving import sms
from portal.versions import drafting, queries
from portal.versions.registry import policies
from portal.webhooks import setting as webhooks
from tests import factories
from tests.conftest import NOW
from tests.factories import SHOP
from tests.versions import drafts
from tests.web.account.device import Device
from tests.web.attacker import key_of_run
from tests.web.inspector import Browser
from tests.web.makers import MAKERS
from tests.web.steps.signing_in import by as turn_of, sign_in

# Of a whole journey, a worker's turn or a refusal: their own tests count them.
ELSEWHERE = {
    StaffAct.SIGN_IN, StaffAct.SIGN_IN_REFUSED, StaffAct.SET_PASSWORD, StaffAct.SET_CODES,
    StaffAct.RIGHT_REFUSED, StaffAct.FORM_REFUSED, StaffAct.PARK_WEBHOOK, StaffAct.BEGIN_SHOP,
    StaffAct.SET_OUTAGE, StaffAct.DELETE_BY_AGE, StaffAct.ERASE_PERSON, StaffAct.MAKE_BACKUP,
    StaffAct.RECONCILE_COPY, StaffAct.GIVE_COPY, StaffAct.HELD_BACK,
}  # fmt: skip
SAID = SnippetWords(clause="", language="en", name="Seen", text="We looked at {claim}.")


def acts():
    """What was logged so far, but for steps of claims."""
    db.session.rollback()
    found = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id))
    return [each for each in found if each in set(StaffAct)]


class Log:
    """Counts what each deed adds to the log."""

    def __init__(self):
        self.seen = set()

    def adds(self, *expected, deed):
        """Do it in a transaction of its own; the acts that it logs, each of them once."""
        before = len(acts())
        with transaction():
            made = deed()
        self.counts(*expected, since=before)
        return made

    def counts(self, *expected, since):
        found = acts()[since:]
        assert found == [str(each) for each in expected]
        self.seen |= set(expected)


def people(log, by):
    def person():
        return reviewers.for_change(new)

    rights = {(SHOP, Right.LEAD)}
    new = log.adds(StaffAct.INVITE, StaffAct.GIVE_RIGHT, deed=lambda: granting.hire(
        email="n@example.com", name="N", rights=rights, by=by(), at=NOW)).id  # fmt: skip
    both = rights | {(SHOP, Right.PAYER)}
    log.adds(StaffAct.GIVE_RIGHT, deed=lambda: granting.set_rights(
        person(), rights=both, within=None, by=by(), at=NOW))  # fmt: skip
    log.adds(StaffAct.TAKE_RIGHT, deed=lambda: granting.set_rights(
        person(), rights=rights, within=None, by=by(), at=NOW))  # fmt: skip
    log.adds(
        StaffAct.TAKE_NO_CLAIMS, deed=lambda: reviewers.take_claims(person(), takes=False, at=NOW)
    )
    log.adds(StaffAct.TAKE_CLAIMS, deed=lambda: reviewers.take_claims(person(), takes=True, at=NOW))
    log.adds(StaffAct.FORGET_CODES, deed=lambda: reviewers.forget_codes(person(), by=by(), at=NOW))
    log.adds(StaffAct.DISMISS, deed=lambda: granting.dismiss(person(), by=by(), at=NOW))


def connections(log, by):
    said = {"at": NOW, "by": None}
    log.adds(StaffAct.SET_RAIL, deed=lambda: setting.set_rail(
        SHOP, Rail.MASSFILE, given={}, at=NOW, loopback=True, by=by()))  # fmt: skip
    log.adds(StaffAct.END_RAIL, deed=lambda: setting.unset(SHOP, Rail.MASSFILE, **said))
    scopes = {TokenScope.CLAIMS}
    token, _ = log.adds(
        StaffAct.MAKE_TOKEN, deed=lambda: tokens.issue(SHOP, name="x", scopes=scopes, at=NOW)
    )
    name = token.public_id
    log.adds(StaffAct.END_TOKEN, deed=lambda: tokens.revoke(name, **said))
    kid = log.adds(StaffAct.MAKE_KEY, deed=lambda: keys.add(SHOP, at=NOW))[0].kid
    log.adds(StaffAct.END_KEY, deed=lambda: keys.revoke(kid, at=NOW))
    url = "https://shop.example/h"
    hook = log.adds(
        StaffAct.ADD_WEBHOOK, deed=lambda: webhooks.add(SHOP, url=url, at=NOW, loopback=False)
    )[0].key
    for what, verb in ((StaffAct.PAUSE_WEBHOOK, webhooks.pause), (StaffAct.RESUME_WEBHOOK, webhooks.resume),
                       (StaffAct.REMOVE_WEBHOOK, webhooks.remove)):  # fmt: skip
        log.adds(what, deed=lambda verb=verb: verb(webhooks.endpoint_for_change(hook), at=NOW))
    key = log.adds(StaffAct.ADD_RECEIVER, deed=lambda: sms.add_receiver(SHOP, zone="UTC", at=NOW))[
        0
    ].key
    log.adds(StaffAct.END_RECEIVER, deed=lambda: sms.end_receiver(key, at=NOW))
    log.adds(StaffAct.STOP_OWED, deed=lambda: switching.turn(SHOP, stopped=True, by=by(), at=NOW))
    log.adds(
        StaffAct.RESUME_OWED, deed=lambda: switching.turn(SHOP, stopped=False, by=by(), at=NOW)
    )


def texts(log, by):
    written = {"policy": factories.policy(), "at": NOW}
    number = log.adds(
        StaffAct.MAKE_SNIPPET, deed=lambda: keep_snippet(None, SAID, by=by(), **written)
    ).id

    def snippet():
        return db.session.get_one(Snippet, number)

    log.adds(
        StaffAct.CHANGE_SNIPPET, deed=lambda: keep_snippet(snippet(), SAID, by=by(), **written)
    )
    log.adds(StaffAct.REMOVE_SNIPPET, deed=lambda: remove_snippet(snippet(), by=by(), at=NOW))


def money_and_policies(log, by):
    since = len(acts())
    key = key_of_run(MAKERS["in a run"]())
    log.counts(StaffAct.MAKE_RUN, since=since)
    releasing.release(key, by=by(), at=NOW, policies=policies())
    log.counts(StaffAct.RELEASE_RUN, since=since + 1)
    key = key_of_run(MAKERS["in a run"]())
    log.counts(StaffAct.MAKE_RUN, since=since + 2)
    log.adds(
        StaffAct.DISCARD_RUN, deed=lambda: runs.discard(runs.run_for_change(key), by=by(), at=NOW)
    )
    since = len(acts())
    begun = drafts.begun(shop=SHOP)
    log.counts(StaffAct.BEGIN_DRAFT, since=since)
    drafts.redate(begun, date(2026, 5, 1))
    log.counts(StaffAct.CHANGE_DRAFT, since=since + 1)
    found, seen = begun.id, begun.text_sha256
    log.adds(StaffAct.DISCARD_DRAFT, deed=lambda: drafting.discard(
        queries.version_for_change(found), seen=seen, by=by(), at=NOW))  # fmt: skip
    version = drafts.published()
    since = len(acts())
    drafts.withdrawn(version)
    log.counts(StaffAct.WITHDRAW_VERSION, since=since)
    assert acts()[since - 1] == StaffAct.PUBLISH_VERSION
    log.seen.add(StaffAct.PUBLISH_VERSION)


def oneself(log, boss, app):
    visitor = Browser(app.test_client())
    app.config |= {"WTF_CSRF_ENABLED": False, "NOW": NOW}
    sign_in(visitor, db.session.get_one(Reviewer, boss))
    since = len(acts())
    reference = factories.reviewer(email="other@example.com").id
    turn_of(visitor).post(f"/review/people/{reference}/sign-out")
    log.counts(StaffAct.END_SIGN_INS, since=since)
    turn_of(visitor).get("/review/reports/file.csv")
    log.counts(StaffAct.EXPORT, since=since + 1)
    device = Device()
    form = turn_of(visitor).get("/account/passkeys/add").one("form", data_passkey="create")
    made = {"name": "Key", "answer": device.make(form.get("data-options"))}
    turn_of(visitor).post("/account/passkeys/add", made)
    log.counts(StaffAct.ADD_PASSKEY, since=since + 2)
    again = "/sign-in/code-again/passkey"
    form = turn_of(visitor).get(again).one("form", data_passkey="get")
    turn_of(visitor).post(again, {"answer": device.use(form.get("data-options"))})
    log.counts(StaffAct.STEP_UP, since=since + 3)
    with visitor.client.session_transaction() as session:
        session["fs_paa"] = time()  # when the password was given
    turn_of(visitor).post("/sign-in/recovery-codes", {"generate_new_codes": "1"}, status=200)
    log.counts(StaffAct.MAKE_RECOVERY_CODES, since=since + 4)
    turn_of(visitor).post(f"/account/passkeys/{passkeys.passkeys_of(boss)[0].id}/remove")
    log.counts(StaffAct.REMOVE_PASSKEY, since=since + 5)
    turn_of(visitor).post("/sign-out", {}, status=302)
    log.counts(StaffAct.SIGN_OUT, since=since + 6)


def test_each_act_is_one_row(app):
    log, boss = Log(), factories.reviewer(role=Role.ADMIN, may_pay=True).id

    def by():
        return db.session.get_one(Reviewer, boss)

    people(log, by)
    connections(log, by)
    texts(log, by)
    money_and_policies(log, by)
    oneself(log, boss, app)
    assert set(StaffAct) - log.seen == ELSEWHERE
