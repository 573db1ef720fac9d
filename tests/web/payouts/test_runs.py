"""The payer's pages: what is due, a run in four presses, its file, and what came back."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.history import ClaimEvent
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.extensions import db
from portal.ledger.payout import PayoutState, Rail
from portal.payouts import releasing, runs
from portal.payouts.settling import lots
from portal.people.reviewers import Reviewer
from portal.versions.registry import policies
from tests import factories
from tests.conftest import NOW
from tests.payouts.runs import owed, payer, payout, pays_by, person, stored
from tests.web.steps.signing_in import sign_in


@pytest.fixture
def pia(app, visitor):
    number = payer()
    sign_in(visitor, person(number))
    return number


def choose(visitor, rail="manual", kind=None):
    more = f"?kind={kind}" if kind else ""
    return visitor.get(f"/payouts/due/{factories.SHOP}/{rail}/USD{more}")


def flash(page):
    return page.text(page.one(id="flash"))


def said(page):
    """What the page tells of what was said last of the run."""
    return page.text(page.one("section", **{"aria-labelledby": "said"}))


def make(visitor, page, *, but=(), rail="manual", kind=None):
    """Press "Make the run"; the run's address."""
    ticked = [box.get("value") for box in page.all("input", type="checkbox", name="payout")]
    data = {"payout": [each for each in ticked if int(each) not in but], "which": "ticked"}
    more = f"?kind={kind}" if kind else ""
    return visitor.post(f"/payouts/due/{factories.SHOP}/{rail}/USD{more}", data).location


def test_nothing_due_says_so(visitor, pia):
    assert "Nothing is due" in visitor.get("/payouts").text()
    assert (
        visitor.get(f"/payouts/due/{factories.SHOP}/manual/USD", status=303).location == "/payouts"
    )


def test_a_reviewer_who_may_not_pay_finds_no_link_to_it(app, visitor):
    sign_in(visitor, factories.reviewer())
    assert "Money" not in visitor.get("/review").text(visitor.get("/review").one("header"))


@pytest.mark.long
def test_thirty_payouts_take_four_presses(visitor, pia):
    claims = [owed() for _ in range(30)]
    page = visitor.get("/payouts")
    assert "By hand3015.00 USD" in page.text()
    (link,) = [
        each.get("href") for each in page.all("a") if "/payouts/due/" in each.get("href", "")
    ]
    page = visitor.get(link)  # one
    assert "15.00 USD" in page.text()
    url = make(visitor, page)  # two
    page = visitor.get(url)
    assert "15.00 USD" in page.text()
    assert [page.text(each) for each in page.all("button")][-3:-1] == [
        "Release the run",
        "Give it up",
    ]
    visitor.post(f"{url}/release")  # three
    page = visitor.get(url)
    visitor.post(f"{url}/paid", {"reference": "BATCH-1"})  # four
    page = visitor.get(url)
    assert "Paid: 30 Each customer whose payout was marked gets an e-mail." in said(page)
    assert {(stored(each).status, payout(each).payer_reference) for each in claims} == {
        (Status.PAID, "BATCH-1")
    }


def test_some_are_chosen_and_the_others_stay_due(visitor, pia):
    first, second = owed(), owed()
    url = make(visitor, choose(visitor), but={payout(first).id})
    assert second in visitor.get(url).text()
    assert first not in visitor.get(url).text()
    assert first in choose(visitor).text()
    assert visitor.post(f"{url}/discard").location == "/payouts"
    page = visitor.post(f"{url}/release", status=409)
    assert "This run is released or given up already. Nothing was done." in page.text()


def links(page, name):
    return [each.get("href") for each in page.all("a") if page.text(each) == name]


@pytest.mark.long
def test_a_long_run_is_listed_a_page_at_a_time_and_each_page_takes_its_references(
    visitor, pia, monkeypatch
):
    claims = [owed() for _ in range(3)]
    url = make(visitor, choose(visitor))
    visitor.post(f"{url}/release")
    monkeypatch.setattr("portal.web.payouts.runs.SHOWN", 2)
    page = visitor.get(url)
    assert "2 of 3 are listed here." in page.text()
    assert [claim in page.text() for claim in claims] == [True, True, False]
    page = visitor.get(links(page, "The next ones")[0])
    assert [claim in page.text() for claim in claims] == [False, False, True]
    assert (links(page, "The next ones"), links(page, "The first ones")) == ([], [f"{url}#list"])
    last = payout(claims[2]).id
    action = next(f.get("action") for f in page.all("form") if "/paid-each" in f.get("action"))
    where = visitor.post(action, {f"ref-{last}": "TX-3"}).location
    assert where == f"{url}?after={payout(claims[1]).id}#list"
    assert [stored(each).status for each in claims] == [
        Status.APPROVED,
        Status.APPROVED,
        Status.PAID,
    ]


def test_what_is_due_is_chosen_a_page_at_a_time(visitor, pia, monkeypatch):
    claims = [owed() for _ in range(3)]
    monkeypatch.setattr("portal.web.payouts.due.SHOWN", 2)
    page = choose(visitor)
    assert "2 of 3 are listed here." in page.text()
    page = visitor.get(links(page, "The next ones")[0])
    assert [claim in page.text() for claim in claims] == [False, False, True]
    assert links(page, "The oldest ones") == [f"/payouts/due/{factories.SHOP}/manual/USD"]
    page = visitor.get(make(visitor, page))
    assert [claim in page.text() for claim in claims] == [False, False, True]


def test_runs_are_listed_a_page_at_a_time_the_newest_first(visitor, pia, monkeypatch):
    urls = [(owed(), make(visitor, choose(visitor)))[1] for _ in range(3)]
    monkeypatch.setattr("portal.web.payouts.due.RUNS", 2)
    address, seen = "/payouts", []
    while address:
        page = visitor.get(address)
        seen.append(
            [each.get("href") for each in page.all("a") if "/payouts/runs/" in each.get("href", "")]
        )
        address = next(iter(links(page, "Older runs")), None)
    assert seen == [[urls[2], urls[1]], [urls[0]]]
    assert links(page, "The newest runs") == ["/payouts#made"]
    assert urls[2] in visitor.get("/payouts?before=x").body


def test_details_are_masked_until_they_are_asked_for_and_the_file_is_the_same_each_time(
    visitor, pia
):
    pays_by(Rail.MASSFILE)
    owed(method="paypal", email="kim.long@example.com")
    url = make(visitor, choose(visitor, "massfile", "paypal"), rail="massfile", kind="paypal")
    visitor.post(f"{url}/file", status=409)
    page = visitor.get(url)
    assert "ki•••@example.com" in page.text()
    assert "kim.long" not in page.body
    assert "kim.long@example.com" in visitor.post(f"{url}/details", status=200).text()
    visitor.post(f"{url}/release")
    one, two = (
        visitor.client.post(f"{url}/file", data={"csrf_token": visitor.token()}) for _ in "12"
    )
    key = url.rpartition("/")[2]
    assert one.data == two.data == releasing.file_of(runs.run_of(key))
    assert b"kim.long@example.com,0.50,USD,PO-" in one.data
    assert one.headers["Content-Disposition"] == f'attachment; filename="{key}.csv"'
    page = visitor.get(url)
    assert runs.run_of(key).sha256 in page.text().replace(" ", "")
    looks = [
        (event.reviewer.name, event.internal)
        for event in db.session.scalars(select(ClaimEvent).where(ClaimEvent.action == "reveal"))
    ]
    assert looks == [("Pia", f"In the payout run {key}")] * 3


@pytest.mark.long
def test_of_a_long_run_a_look_is_kept_of_those_that_the_page_shows_and_the_file_is_one_at_all(
    visitor, pia, monkeypatch
):
    claims = [owed(method="paypal", email="kim.long@example.com") for _ in range(3)]
    url = make(visitor, choose(visitor))
    monkeypatch.setattr("portal.web.payouts.runs.SHOWN", 2)
    page = visitor.get(links(visitor.get(url), "The next ones")[0])
    action = next(f.get("action") for f in page.all("form") if "/details" in f.get("action"))
    shown = visitor.post(action, status=200)
    assert [claim in shown.text() for claim in claims] == [False, False, True]
    assert looked_at() == [claims[2]]
    visitor.post(f"{url}/release")
    visitor.post(f"{url}/file", status=200)
    assert looked_at() == [claims[2], *claims]


def test_of_ones_own_claim_no_more_than_both_ends_are_shown(visitor, pia):
    owed(method="paypal", email=person(pia).email)
    url = make(visitor, choose(visitor))
    page = visitor.post(f"{url}/details", status=200)
    listed = page.text(page.one("section", **{"aria-labelledby": "list"}))
    assert "•••" in listed
    assert person(pia).email not in listed


def looked_at():
    """The claims whose details somebody saw, in the order of the looks."""
    of = select(ClaimEvent).where(ClaimEvent.action == "reveal").order_by(ClaimEvent.id)
    db.session.rollback()
    return [db.session.get_one(Claim, each.claim_id).reference for each in db.session.scalars(of)]


def test_without_a_fresh_code_no_detail_and_no_file_is_handed_out(visitor, pia):
    pays_by(Rail.MASSFILE)
    owed(method="paypal", email="kim.long@example.com")
    url = make(visitor, choose(visitor, "massfile", "paypal"), rail="massfile", kind="paypal")
    visitor.post(f"{url}/release")
    sign_in(visitor, db.session.get_one(Reviewer, pia), at=NOW - timedelta(minutes=6))
    for part in ("details", "file"):
        asked = visitor.post(f"{url}/{part}")
        assert asked.location.startswith("/sign-in/code-again")
    assert db.session.scalars(select(ClaimEvent).where(ClaimEvent.action == "reveal")).all() == []


def test_shops_without_a_second_person_are_named(app, visitor, pia):
    assert "switched the second person off" not in visitor.get("/payouts").text()
    policies().restate(factories.SHOP, second_person=False)
    assert (
        "One person may approve a refund and pay it in these shops, which switched the second"
        " person off: SMS Service."
    ) in visitor.get("/payouts").text()


def test_a_results_file_is_read_on_the_runs_page(visitor, pia):
    pays_by(Rail.MASSFILE)
    first, second = (owed(method="paypal", email=f"{n}@example.com") for n in ("kim", "lee"))
    url = make(visitor, choose(visitor, "massfile", "paypal"), rail="massfile", kind="paypal")
    visitor.post(f"{url}/release")

    def send(text, status=303):
        data = {"file": (io.BytesIO(text), "results.csv")}
        return visitor.post(f"{url}/answers", data, status=status)

    for wrong in (b"", b"\xff\xfe\x00", b"payout\n1\n", b'"', b"a" * 200_000):
        page = send(wrong, 422)
        assert page.errors
    rows = f"payout,status,reference,reason\n{payout(first).key},paid,5XK1,\n{payout(second).key},returned,,Account closed\n"
    send(rows.encode())
    page = visitor.get(url)
    assert "Failed: 1" in said(page)
    assert "Paid: 1" in said(page)
    assert f"{second}FailedAccount closed" in said(page)
    assert (payout(first).state, payout(second).state) == (PayoutState.PAID, PayoutState.FAILED)
    send(rows.encode())
    assert "Known already: 2" in said(visitor.get(url))


def test_how_far_the_worker_is_with_what_was_said_stands_on_the_page(visitor, pia, monkeypatch):
    monkeypatch.setattr(lots, "_LOT", 2)
    for _ in range(5):
        owed()
    url = make(visitor, choose(visitor))
    visitor.post(f"{url}/release")
    visitor.post(f"{url}/paid", {"reference": "BATCH-1"})
    page = visitor.get(url)
    assert "2 of 5 payouts are looked at." in said(page)
    assert "Mark all" not in page.text()
    asks = {"HX-Request": "true"}
    part = visitor.client.get(url, headers=asks)
    assert (part.status_code, "2 of 5 payouts are looked at." in part.text) == (200, True)
    for _ in range(2):
        lots.settle_due(policies=policies())
    part = visitor.client.get(url, headers=asks)
    assert (part.status_code, part.headers["HX-Redirect"]) == (204, url)
    page = visitor.get(url)
    assert "Paid: 5" in said(page)
    assert "looked at" not in page.text()


def test_a_reference_used_in_another_run_asks_back(visitor, pia):
    for _ in "12":
        owed()
        url = make(visitor, choose(visitor))
        visitor.post(f"{url}/release")
        status = 303 if _ == "1" else 422
        page = visitor.post(f"{url}/paid", {"reference": "BATCH-1"}, status=status)
    assert "BATCH-1 was used for claim" in page.text()
    assert page.fields["reference"] == "BATCH-1"
    visitor.post(f"{url}/paid", {"reference": "BATCH-1", "again": "y"})


def test_each_has_its_own_reference(visitor, pia):
    first, second = owed(), owed()
    url = make(visitor, choose(visitor))
    visitor.post(f"{url}/release")
    visitor.post(f"{url}/paid-each", {f"ref-{payout(second).id}": "TX-2"})
    assert (payout(first).state, payout(second).payer_reference) == (PayoutState.SENT, "TX-2")
    visitor.post(f"{url}/paid-each")
    assert "Nothing was marked: enter at least one reference." in flash(visitor.get(url))


@pytest.mark.long
def test_how_far_a_large_release_is_stands_on_the_page_until_the_worker_is_done(
    visitor, pia, monkeypatch
):
    monkeypatch.setattr(releasing, "_LOT", 1)
    for _ in range(5):
        owed()
    url = make(visitor, choose(visitor))
    visitor.post(f"{url}/release")
    page = visitor.get(url)
    assert "3 of 5 payouts are looked at." in page.text()
    assert "Go on with the release" in page.text()
    assert "Download the file" not in page.text()
    assert "It is being released" in visitor.get("/payouts").text()
    asks = {"HX-Request": "true"}
    part = visitor.client.get(url, headers=asks)
    assert (part.status_code, "3 of 5 payouts are looked at." in part.text) == (200, True)
    assert "<h1" not in part.text
    while releasing.release_due(policies=policies()):
        pass
    assert visitor.client.get(url, headers=asks).headers["HX-Redirect"] == url
    page = visitor.get(url)
    assert "Download the file" in page.text()
    assert "looked at" not in page.text()


def test_what_stops_a_release_stands_on_the_page(app, visitor, pia, monkeypatch):
    monkeypatch.setattr(releasing, "_LOT", 1)
    for _ in range(4):
        owed()
    url = make(visitor, choose(visitor))
    visitor.post(f"{url}/release")
    going = "The worker goes on with it by itself."
    assert going in visitor.get(url).text()
    known = policies()
    held = {name: replace(policy, held="the file was changed") for name, policy in known.items()}
    monkeypatch.setitem(app.extensions, "policies", held)
    page = visitor.get(url)
    assert "Nothing of this shop is paid until its policy is looked at." in page.text()
    assert going not in page.text()
