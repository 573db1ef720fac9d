"""What people press on the pages of claims, runs and what is owed: a form each, of a person who is signed in."""

from __future__ import annotations

from http import HTTPStatus

from sqlalchemy import select

from portal.claims.models import Claim
from portal.extensions import db
from portal.ledger.payout import Payout, PayoutState
from portal.ledger.runs import PayoutRun
from tests.factories import SHOP
from tests.ledger.deeds import person
from tests.web.inspector import Browser
from tests.web.steps.signing_in import sign_in

# Of each form of a claim's page: what is typed.
TYPED = {
    "approve": {"amount": "0.50", "text": "x", "override": "x"},
    "decline": {"clause": "SS-N3", "text": "No.", "override": "x"},
    "paid": {"reference": "TX-1", "again": "y", "because": "So be it."},
    "failed": {"reason": "Shut"},
    "retry": {"by_hand": "y"},
    "release": {"because": "Go on."},
    "undo": {},
    "reopen": {"reason": "Wrong."},
    "reverse": {"reason": "It came back."},
}
OF_MONEY = ("make_run", "release_run", "pay_run", "give_up_run", "pay_owed", "look_up", "again")
PAGES = (*(f"page_{name}" for name in TYPED), *OF_MONEY)


def pressing(app, chance, name, reference):
    """Sign somebody in who may press it; gives what presses it once, and refuses every answer above 499."""
    browser = Browser(app.test_client())
    sign_in(browser, person(chance, lead=name == "page_reopen"))
    token = browser.token()

    def press():
        path, data = _form(name.removeprefix("page_"), reference)
        answer = browser.client.post(path, data=data | {"csrf_token": token})
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise AssertionError(f"{path} was answered {answer.status_code}")
        return "" if answer.status_code < HTTPStatus.BAD_REQUEST else str(answer.status_code)

    return press


def _form(name, reference):
    """Where it is sent, and what with: the claim and its runs as they are by now."""
    claim = db.session.scalars(select(Claim).where(Claim.reference == reference)).one()
    payout = claim.payouts[-1] if claim.payouts else Payout(key="PO-NONE")
    run, order = _run(claim), claim.order_reference
    seen, key = claim.version, payout.key
    paid = [each.key for each in claim.payouts if each.state is PayoutState.PAID]
    db.session.rollback()
    if name in TYPED:
        said = TYPED[name] | {"seen": seen}
        if name == "reverse":
            said["payout"] = paid[0] if paid else ""
        return f"/review/{reference}/{name}", {
            f"{name}-{field}": each for field, each in said.items()
        }
    of_run = {"release_run": "release", "pay_run": "paid", "give_up_run": "discard"}
    if name in of_run:
        return f"/payouts/runs/{run}/{of_run[name]}", {"reference": f"B-{run}"}
    return {
        "make_run": (f"/payouts/due/{SHOP}/manual/USD", {"which": "all"}),
        "pay_owed": (f"/payouts/owed/{SHOP}", {"order": order}),
        "look_up": (f"/payouts/attention/{key}/look-up", {f"{key}-seen": seen}),
        "again": (f"/payouts/attention/{key}/again", {f"{key}-seen": seen}),
    }[name]


def _run(claim):
    """The last run that a payout of the claim was in."""
    of = select(Payout.run_id).where(Payout.claim_id == claim.id, Payout.run_id.is_not(None))
    run = db.session.scalars(select(PayoutRun).where(PayoutRun.id.in_(of))).first()
    return run.key if run else "PR-NONE"
