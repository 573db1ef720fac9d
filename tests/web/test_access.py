"""Who may see and do what, and what changes nothing."""

import pytest

from portal.claims.letters.links import status_token
from portal.claims.queries import claim_page
from portal.extensions import db
from portal.people.reviewers import Role
from portal.web.guards.declared import OPEN_TO, OpenTo
from tests import factories
from tests.web.attacker import (
    ask,
    pages,
    rule_of,
    visitor_with,
)
from tests.web.makers import MAKERS
from tests.web.routes import ROUTES

# Who a page is for: everybody, the session of its draft, the browser that its shop's token was used
# by (tests/web/handed), whoever has the link of its mails, whoever
# entered a code, those who may see its files, those who decide, the one of them who
# did it, those who pay, those who change policies.
PUBLIC, DRAFT, HANDED, LINK, CODE, FILES, STAFF, OWN, PAYER, ADMIN = (
    "public", "draft", "handed", "link", "code", "files", "staff", "own", "payer", "admin")  # fmt: skip

ACCESS = {
    "health.alive": PUBLIC,
    "health.ready": PUBLIC,
    "health.metrics": PUBLIC,
    "shops.home": PUBLIC,
    "shops.start": PUBLIC,
    "faces.style": PUBLIC,
    "faces.logo": PUBLIC,
    "languages.say": PUBLIC,
    "programs.show": PUBLIC,
    "programs.problem": PUBLIC,
    "shops.policy": PUBLIC,
    "asking.ask": PUBLIC,
    "shops.policy_version": PUBLIC,
    "shops.policy_changes": PUBLIC,
    "opening.begin": PUBLIC,
    "finding.everywhere": PUBLIC,
    "finding.at_shop": PUBLIC,
    "finding.code": PUBLIC,
    "finding.claims": PUBLIC,
    "keeping.next_date": LINK,
    "keeping.can_be_claimed": DRAFT,
    "keeping.receipt": LINK,
    "phone.show": FILES,
    "phone.end": FILES,
    "phone.files": PUBLIC,
    "opening.order": DRAFT,
    "opening.code": DRAFT,
    "opening.resend": DRAFT,
    "opening.discard": DRAFT,
    "orders.show": HANDED,
    "orders.go_on": HANDED,
    "filing.reason": DRAFT,
    "filing.keep_typed": DRAFT,
    "filing.result": DRAFT,
    "filing.remind": DRAFT,
    "filing.payout_details": DRAFT,
    "evidence.files": FILES,
    "evidence.remove": FILES,
    "evidence.view": FILES,
    "blacking.black_out": FILES,
    "claim.show": LINK,
    "claim.unlock": LINK,
    "claim.code": LINK,
    "changing.answer": CODE,
    "changing.keep_typed": CODE,
    "changing.files": CODE,
    "changing.payout": CODE,
    "changing.payout_details": CODE,
    "changing.withdraw": CODE,
    "changing.again": CODE,
    "changing.identity": CODE,
    "changing.copy": CODE,
    "changing.access": CODE,
    "changing.replacement": CODE,
    "changing.appeal": CODE,
    "changing.appeal_text": CODE,
    "mailbox.index": PUBLIC,
    "mailbox.read": PUBLIC,
    "mailbox.html": PUBLIC,
    "reviewer.queue": STAFF,
    "reviewer.claim": STAFF,
    "reviewer.beside": STAFF,
    "reviewer.file": STAFF,
    "desk.hand_over": STAFF,
    "desk.access": STAFF,
    "desk.identity": STAFF,
    "desk.black_out": STAFF,
    "desk.show_again": ADMIN,
    "desk.ask_access": STAFF,
    "desk.access_used": STAFF,
    "desk.here": STAFF,
    "desk.write": STAFF,
    "desk.legal_hold": ADMIN,
    "saved.index": STAFF,
    "saved.change": OWN,
    "incidents.index": STAFF,
    "incidents.show": STAFF,
    "incidents.record": STAFF,
    "alike.index": STAFF,
    "alike.show": STAFF,
    "alike.preview": STAFF,
    "alike.decide": STAFF,
    "alike.done": OWN,
    "alike.undo": OWN,
    "snippets.index": ADMIN,
    "snippets.change": ADMIN,
    "snippets.offer": STAFF,
    "snippets.insert": STAFF,
    "letters.show": STAFF,
    "deciding.approve": STAFF,
    "deciding.ask": STAFF,
    "deciding.decline": STAFF,
    "deciding.text": STAFF,
    "deciding.finding": STAFF,
    "deciding.answer": STAFF,
    "deciding.extend": STAFF,
    "deciding.failed": PAYER,
    "deciding.paid": PAYER,
    "deciding.release": PAYER,
    "deciding.payee": PAYER,
    "code_again.enter": STAFF,
    "code_again.passkey": STAFF,
    "passkeys.add": STAFF,
    "passkeys.remove": OWN,
    "code_again.send": STAFF,
    "deciding.retry": PAYER,
    "deciding.undo": STAFF,
    "deciding.reopen": ADMIN,
    "deciding.reverse": PAYER,
    "deciding.reference": PAYER,
    "versions.index": STAFF,
    "versions.show": STAFF,
    "versions.check": STAFF,
    "versions.replay": STAFF,
    "versions.differences": STAFF,
    "versions.facts": STAFF,
    "erasing.look": ADMIN,
    "erasing.erase": ADMIN,
    "new_shop.write": ADMIN,
    "drafting.begin": ADMIN,
    "drafting.upload": ADMIN,
    "drafting.text": ADMIN,
    "drafting.date_and_note": ADMIN,
    "drafting.discard": ADMIN,
    "calendars.change": ADMIN,
    "rules.change": ADMIN,
    "rules.kinds": ADMIN,
    "rules.add": ADMIN,
    "rules.remove": ADMIN,
    "rules.move": ADMIN,
    "rules.add_examples": ADMIN,
    "rules.expect": ADMIN,
    "publishing.check": ADMIN,
    "publishing.replay": ADMIN,
    "publishing.looked": ADMIN,
    "publishing.publish": ADMIN,
    "publishing.withdraw": ADMIN,
    "people.index": ADMIN,
    "people.invite": ADMIN,
    "people.person": ADMIN,
    "people.link": ADMIN,
    "people.forget_codes": ADMIN,
    "people.sign_out": ADMIN,
    "people.dismiss": ADMIN,
    "handoff_keys.index": ADMIN,
    "handoff_keys.add": ADMIN,
    "handoff_keys.end": ADMIN,
    "tokens.index": ADMIN,
    "tokens.add": ADMIN,
    "tokens.end": ADMIN,
    "rails.index": ADMIN,
    "rails.change": ADMIN,
    "rails.unset": ADMIN,
    "arriving.sms": PUBLIC,
    "webhooks.index": ADMIN,
    "webhooks.add": ADMIN,
    "webhooks.show": ADMIN,
    "webhooks.pause": ADMIN,
    "webhooks.resume": ADMIN,
    "webhooks.remove": ADMIN,
    "webhooks.send_again": ADMIN,
    "due.index": PAYER,
    "due.choose": PAYER,
    "owed.index": PAYER,
    "reports.index": ADMIN,
    "reports.file": ADMIN,
    "money_reports.index": ADMIN,
    "money_reports.file": ADMIN,
    "money_reports.orders": ADMIN,
    "activity.index": ADMIN,
    "activity.file": ADMIN,
    "owed.show": PAYER,
    "owed.switch": PAYER,
    "runs.show": PAYER,
    "runs.release": PAYER,
    "runs.discard": PAYER,
    "runs.file": PAYER,
    "runs.details": PAYER,
    "runs.paid": PAYER,
    "runs.paid_each": PAYER,
    "runs.answers": PAYER,
    "attention.index": PAYER,
    "attention.look_up": PAYER,
    "attention.again": PAYER,
    "attention.release": PAYER,
    "sign_ins.account": STAFF,
    "sign_ins.choose_mails": STAFF,
    "sign_ins.take_claims": STAFF,
    "sign_ins.end": STAFF,
    "sign_ins.end_others": STAFF,
    "sign_ins.ask": STAFF,
    "passkey_sign_in.enter": PUBLIC,
    "security.login": PUBLIC,
    "security.logout": PUBLIC,
    "security.verify": STAFF,
    "security.forgot_password": PUBLIC,
    "security.reset_password": PUBLIC,
    "security.two_factor_setup": PUBLIC,
    "security.two_factor_setup_validate": PUBLIC,
    "security.two_factor_token_validation": PUBLIC,
    "security.two_factor_rescue": PUBLIC,
    "security.mf_recovery": PUBLIC,
    "security.mf_recovery_codes": STAFF,
    "security.tf_select": PUBLIC,
    "static": PUBLIC,
    "security.static": PUBLIC,
}


def refused_by(answer):
    """How a guard turned somebody away, or None for whoever came through."""
    where = answer.headers.get("Location", "")
    if answer.status_code in {404, 403}:
        return answer.status_code
    page = where.partition("?")[0]
    return next((name for name in ("/sign-in", "/unlock") if page.endswith(name)), None)


def test_every_route_says_who_it_is_for(app):
    assert {rule.endpoint for rule in pages(app)} == set(ACCESS)


def test_the_portal_says_the_same_of_those_that_need_no_sign_in():
    words = {"public": OpenTo.EVERYBODY} | {str(each): each for each in OpenTo}
    said = {endpoint: words[guard] for endpoint, guard in ACCESS.items() if guard in words}
    signed_in = dict.fromkeys(OPEN_TO[OpenTo.SIGNED_IN], OpenTo.SIGNED_IN)
    named = {endpoint: to for to, endpoints in OPEN_TO.items() for endpoint in endpoints}
    assert named == said | signed_in


# Guard -> how each of these visitors is turned away; None comes through.
TURNED_AWAY = {
    DRAFT: {"stranger": 404, "other": 404, "linked": 404, "reviewer": 404, "owner": None},
    HANDED: {"stranger": 404, "other": 404, "linked": 404, "reviewer": 404, "owner": 404},
    FILES: {"stranger": 404, "other": 404, "linked": 404, "reviewer": 404},
    LINK: {"wrong link": 404, "other": None, "linked": None},
    CODE: {"wrong link": 404, "linked": "/unlock", "other": "/unlock", "reviewer": "/unlock",
           "owner": None},
    STAFF: {"stranger": "/sign-in", "other": "/sign-in", "owner": "/sign-in", "reviewer": None},
    OWN: {"stranger": "/sign-in", "other": "/sign-in", "owner": "/sign-in", "reviewer": 404},
    PAYER: {"stranger": "/sign-in", "owner": "/sign-in", "reviewer": 403, "payer": None},
    ADMIN: {"stranger": "/sign-in", "owner": "/sign-in", "payer": 403, "admin": None},
}  # fmt: skip


STAFFED = {
    "reviewer": factories.reviewer,
    "payer": lambda: factories.reviewer(may_pay=True),
    "admin": lambda: factories.reviewer(role=Role.ADMIN),
}


@pytest.mark.one_in(6)
@pytest.mark.daily_on("sqlite")  # a guard asks nothing that one database answers otherwise
@pytest.mark.exhaustive
@pytest.mark.parametrize("endpoint", [e for e, guard in ACCESS.items() if guard != PUBLIC])
def test_a_page_is_for_those_it_is_for(app, endpoint):
    app.config["WTF_CSRF_ENABLED"] = False
    _, about, _ = ROUTES[endpoint]
    other = factories.claim(order_reference="Z-1", email="lee@example.com")
    claim = None
    for method in sorted(rule_of(app, endpoint).methods & {"GET", "POST"}):
        for who, away in TURNED_AWAY[ACCESS[endpoint]].items():
            if claim is None:
                claim = MAKERS[about]() if about else other
                if endpoint == "changing.copy":  # each code gives one
                    factories.entered_code(claim)
            mine = {"drafts": [claim.reference], "unlocked": [claim.reference]}
            theirs = {"drafts": [other.reference], "unlocked": [other.reference]}
            visitor = visitor_with(
                app,
                **(mine if who == "owner" else theirs if who == "other" else {}),
                person=STAFFED[who]() if who in STAFFED else None,
            )
            changed = {"token": status_token(other.reference)} if who == "wrong link" else {}
            answer = ask(app, visitor, endpoint, claim, method, **changed)
            if endpoint == "reviewer.file" and who == "reviewer":
                away = 404  # a row without bytes  # noqa: PLW2901
            assert refused_by(answer) == away, (method, who, answer.status)
            db.session.rollback()
            if away is None:  # who came through may have moved it
                claim_page(claim.reference).open_key = None
                db.session.commit()
                claim = None
