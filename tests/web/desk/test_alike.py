"""Like claims: their groups, the list with the facts of each, the total, one press, and what became of it."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from portal.claims.desk.acts import BulkLine, act_of
from portal.claims.desk.assigning import assign
from portal.claims.lifecycle import Status
from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.people.rights import Right
from tests import factories
from tests.claims.desk.like_claims import approved, denied
from tests.conftest import NOW
from tests.web.steps.journeys import stored
from tests.web.steps.signing_in import sign_in

DENIED = "/review/alike/sms-service/deny/SS-N3"
APPROVED = "/review/alike/sms-service/approve/SS-G5"


def rows(page, place=0):
    """The lines of a table, in words."""
    return [page.text(row) for row in page.all("tbody")[place].iter("tr")]


def boxes(page):
    """The ticks of a list: what each sends -> whether it is set."""
    return {
        box.get("value"): box.get("checked") is not None
        for box in page.all("input", type="checkbox")
    }


def pick(claim):
    return f"{claim.reference}~{claim.version}"


def total_of(visitor, group, picks, **given):
    return visitor.get(f"{group}/total?{urlencode({'claim': picks}, doseq=True)}", **given)


def press(visitor, page, group):
    """Press the one button of the total; the address of what became of it."""
    picks = [e.get("value") for e in page.all("input", name="claim")]
    return visitor.post(group, {"claim": picks, "key": page.fields["key"]}).location


def bar(page):
    return [page.text(button) for button in page.one(class_="decision-bar").iter("button")]


def badges(page):
    return [page.text(each) for each in page.one(class_="heading").iter("span")]


def test_the_groups_are_reached_from_the_queue_the_largest_first(visitor, mara):
    denied(2)
    approved(1)
    factories.claim(reason="wrong_code", order_reference="W-1")
    queue = visitor.get("/review")
    link = next(a for a in queue.all("a") if queue.text(a) == "Decide like claims together")
    page = visitor.get(link.get("href"))
    assert [a.get("href") for a in page.one("table").iter("a")] == [DENIED, APPROVED]
    first = rows(page)[0]
    assert "SMS Service" in first and "Policy says no" in first and first.endswith(".2")


def test_where_no_claims_are_alike_it_says_so(visitor, mara):
    assert "No claims wait that the policy decides" in visitor.get("/review/alike").text()
    assert "No claims wait here" in visitor.get(DENIED).text()


def test_a_list_tells_of_each_what_is_asked_and_what_its_verdict_turned_on(visitor, mara):
    (claim,) = approved(1)
    page = visitor.get(APPROVED)
    line = rows(page)[0]
    for words in ("N-0", "I asked for the code twice", "1 file", "0.50 USD", "To the balance"):
        assert words.replace("N-0", "Y-0") in line, words
    assert "Claim confirmed by a person" in line
    assert boxes(page) == {pick(claim): True}
    assert "1 claim is ticked: 0.50 USD" in page.text(page.one(id="total"))


def test_what_wants_a_look_of_its_own_is_marked_and_not_ticked(visitor, mara):
    plain, used, twice = (
        denied(1)[0],
        denied(1, name="U", number_used=False)[0],
        denied(1, name="T")[0],
    )
    factories.claim(order_reference="T-0", email="other@example.com", reason="wrong_code")
    page = visitor.get(DENIED)
    assert boxes(page) == {pick(plain): True, pick(used): False, pick(twice): False}
    lines = {line[7:16]: line for line in rows(page)}
    assert "Story and records disagree: Use." in lines[used.reference]
    assert "There is another claim about the same." in lines[twice.reference]
    assert set(boxes(visitor.get(f"{DENIED}?ticked=all")).values()) == {True}
    assert set(boxes(visitor.get(f"{DENIED}?ticked=none")).values()) == {False}


def test_what_a_colleague_has_in_hand_is_not_ticked(visitor, mara, omar):
    theirs, mine = denied(2)
    for claim, person in ((theirs, omar), (mine, mara)):
        hands = {"was": 0, "by": db.session.get_one(Reviewer, person), "at": NOW}
        with transaction():
            assign(claim_for_change(claim.reference), to=db.session.get_one(Reviewer, person),
                   policy=factories.policy(), **hands)  # fmt: skip
    page = visitor.get(DENIED)
    assert boxes(page) == {pick(theirs): False, pick(mine): True}
    assert "Omar Diaz has it in hand." in rows(page)[0]


def test_ones_own_claim_can_not_be_ticked(visitor, mara):
    (claim,) = denied(1, email="mara@example.com")
    page = visitor.get(f"{DENIED}?ticked=all")
    (box,) = page.all("input", type="checkbox")
    assert (box.get("value"), box.get("disabled"), box.get("checked")) == (pick(claim), "", None)
    assert "It is your own: somebody else decides it." in page.text()


def test_the_total_follows_the_ticks_where_scripts_run(visitor, mara):
    first, second = approved(2)
    page = visitor.get(f"{APPROVED}?{urlencode({'claim': pick(first)})}", fragment=True)
    assert page.text(page.one(id="total")) == "1 claim is ticked: 0.50 USD"
    page = visitor.get(APPROVED, fragment=True)
    assert page.text(page.one(id="total")) == "0 claims are ticked"
    assert second.reference not in page.body


def test_a_total_shows_sums_ways_and_the_letter_and_decides_nothing(visitor, mara):
    claims = approved(2)
    page = total_of(visitor, APPROVED, [pick(claim) for claim in claims])
    assert bar(page) == ["Approve 2 claims: 1.00 USD"]
    told = page.text()
    assert "Sum1.00 USD" in told
    assert "To the balance2 claims, 1.00 USD" in told
    assert f"{claims[0].reference}: approved, 0.50 USD to your balance" in told
    assert {stored(claim.reference).status for claim in claims} == {Status.IN_REVIEW}
    (no,) = denied(1)
    page = total_of(visitor, DENIED, [pick(no)])
    assert bar(page) == ["Decline 1 claim by clause SS-N3"]
    assert "Rule SS-N3" in page.text() or "SS-N3" in page.text()


@pytest.mark.parametrize("fragment", [False, True])
def test_the_letter_of_each_can_be_looked_at(visitor, mara, fragment):
    first, second = denied(2)
    both = [pick(first), pick(second)]
    page = total_of(visitor, DENIED, both)
    assert [e.text for e in page.one(id="whose").iter("option")] == [
        first.reference,
        second.reference,
    ]
    query = urlencode({"claim": both, "letter": second.reference}, doseq=True)
    page = visitor.get(f"{DENIED}/total?{query}", fragment=fragment)
    told = page.text(page.one(id="of-letter"))
    assert f"The letter of {second.reference}" in told
    assert f"{second.reference}: declined" in told
    assert first.reference not in told


def test_what_moved_since_the_list_is_left_out_of_the_total(visitor, mara):
    first, second = denied(2)
    picks = [pick(first), f"{second.reference}~{second.version + 1}", "2222-2222~1", "nonsense"]
    page = total_of(visitor, DENIED, picks)
    assert "2 of those you ticked are left out: they have moved on since." in page.text()
    assert [e.get("value") for e in page.all("input", name="claim")] == [pick(first)]
    again = total_of(visitor, DENIED, [], status=303)
    assert again.location == f"{DENIED}?ticked=these"
    assert "Tick at least one claim that still waits." in visitor.get(again.location).body


def test_one_press_decides_all_and_a_reload_or_a_second_press_nothing_more(visitor, mara):
    claims = denied(3)
    page = total_of(visitor, DENIED, [pick(claim) for claim in claims])
    done = press(visitor, page, DENIED)
    assert press(visitor, page, DENIED) == done
    for _ in range(2):
        page = visitor.get(done)
        assert badges(page) == ["3 declined"]
    for claim in claims:
        found = stored(claim.reference)
        assert (found.status, len(found.rulings)) == (Status.DECLINED, 1)
        assert found.ruling.customer_text == (
            "We can't refund this claim. Clause SS-N3 of the refund policy applies: "
            + found.ruling.customer_text.partition("applies: ")[2]
        )
    assert "No claims wait here" in visitor.get(DENIED).text()


def test_what_fails_is_listed_with_why_and_a_link(visitor, mara):
    first, second, third = denied(3)
    page = total_of(visitor, DENIED, [pick(claim) for claim in (first, second, third)])
    bo = factories.reviewer(name="Bo").id
    with transaction():
        reviewing.decline(
            claim_for_change(first.reference), clause="SS-N3", customer_text="No.", at=NOW,
            by=db.session.get_one(Reviewer, bo), seen=first.version, policy=factories.policy(),
        )  # fmt: skip
        filing.withdraw(claim_for_change(second.reference), policy=factories.policy(), at=NOW)
    page = visitor.get(press(visitor, page, DENIED))
    assert badges(page) == ["1 declined", "2 not decided"]
    assert rows(page) == [
        f"{first.reference}Bo declined it meanwhile.",
        f"{second.reference}It changed since you looked at it.",
    ]
    assert page.one("a", href=f"/review/{first.reference}") is not None
    assert stored(third.reference).status is Status.DECLINED


def test_a_press_that_was_interrupted_says_whose_turn_has_not_come(visitor, mara):
    first, second = denied(2)
    done = press(visitor, total_of(visitor, DENIED, [pick(first)]), DENIED)
    key = done.rpartition("/")[2]
    with transaction():
        act = act_of(key, by=db.session.get_one(Reviewer, mara))
        act.lines.append(BulkLine(claim_id=second.id, seen=second.version))
    page = visitor.get(done)
    assert badges(page) == ["1 declined", "1 not decided"]
    assert rows(page)[0].startswith(f"{second.reference}Its turn has not come:")
    assert boxes(visitor.get(DENIED)) == {pick(second): True}


def test_one_or_all_are_undone_while_nobody_was_told(app, visitor, mara):
    claims = approved(3)
    page = total_of(visitor, APPROVED, [pick(claim) for claim in claims])
    done = press(visitor, page, APPROVED)
    page = visitor.get(done)
    assert "This can be taken back for 60 seconds." in page.text()
    one = next(
        b for b in page.all("button") if b.get("aria-label") == f"Undo {claims[0].reference}"
    )
    assert visitor.post(f"{done}/undo", {"claim": one.get("value")}).location == done
    page = visitor.get(done)
    assert badges(page) == ["2 approved", "1 undone"]
    assert "1 decision is undone. The customer hears nothing of it." in page.body
    rest = [e.get("value") for e in page.all("input", name="claim")]
    visitor.post(f"{done}/undo", {"claim": rest})
    page = visitor.get(done)
    assert badges(page) == ["3 undone"]
    assert {stored(claim.reference).status for claim in claims} == {Status.IN_REVIEW}


def test_when_the_time_is_over_nothing_offers_to_undo(app, visitor, mara):
    (claim,) = denied(1)
    done = press(visitor, total_of(visitor, DENIED, [pick(claim)]), DENIED)
    app.config["NOW"] = NOW + timedelta(minutes=5)
    page = visitor.get(done)
    assert [b for b in page.all("button") if page.text(b) == "Undo all"] == []


@pytest.mark.long
@pytest.mark.parametrize("size", [1, 12])
def test_a_list_costs_the_same_statements_for_one_claim_and_for_many(
    visitor, mara, statements, size
):
    denied(size)
    visitor.get(DENIED)
    statements.clear()
    assert len(rows(visitor.get(DENIED))) == size
    assert len(statements) == 10
    statements.clear()
    visitor.get("/review/alike")
    assert len(statements) == 1


@pytest.mark.long
def test_a_result_costs_the_same_statements_for_one_claim_and_for_many(visitor, mara, statements):
    counted = []
    for name, size in (("A", 1), ("B", 7)):
        claims = denied(size, name=name)
        page = total_of(visitor, DENIED, [pick(claim) for claim in claims])
        done = press(visitor, page, DENIED)
        statements.clear()
        visitor.get(done)
        counted.append(len(statements))
    assert counted[0] == counted[1]


def test_who_decides_in_one_shop_sees_the_groups_of_that_one(visitor, app):
    denied(1)
    sign_in(visitor, factories.reviewer(rights={("numberplug", Right.REVIEWER)}))
    assert "No claims wait that the policy decides" in visitor.get("/review/alike").text()
    visitor.get(DENIED, status=404)
    total_of(visitor, DENIED, ["2222-2222~1"], status=404)
    visitor.post(DENIED, {"claim": "2222-2222~1", "key": "k" * 22}, status=404)


def test_who_only_looks_is_shown_no_way_to_it(visitor, app):
    sign_in(visitor, factories.reviewer(rights={("sms-service", Right.PAYER)}))
    assert "Decide like claims together" not in visitor.get("/review").body
    visitor.get("/review/alike", status=403)


@pytest.mark.parametrize("group", ["maybe/SS-N3", "deny/SS-N99", "review/SS-N3"])
def test_a_group_that_there_can_not_be_is_not_there(visitor, mara, group):
    visitor.get(f"/review/alike/sms-service/{group}", status=404)
