"""What the policy says is decided in one press, a finding with it, and then the next claim of the view comes."""

from datetime import timedelta

import pytest

from portal.claims.lifecycle import Action, Status
from portal.money import Money
from tests import factories
from tests.conftest import NOW
from tests.web.steps.journeys import stored


def bar(page):
    """The buttons of the bar that is always in view: what each says -> the button."""
    return {page.text(each): each for each in page.one(class_="decision-bar").iter("button")}


def press(visitor, page, words, **typed):
    """Press one of them, with all that the decision's form holds."""
    button = bar(page)[words]
    data = page.fields | typed
    if button.get("name"):
        data |= {button.get("name"): button.get("value")}
    if button.get("name") == "decline-promised":  # a browser sends the first clause that is offered
        data |= {"decline-clause": button.get("value")}
    return visitor.post(button.get("formaction"), data)


@pytest.fixture
def approved(app):
    """A claim that the policy approves, for a person to agree to."""
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    return factories.claim(reason="wrong_code", findings={"claim_verified": True}).reference


def test_each_answer_to_a_finding_says_what_it_brings(visitor, mara, waiting):
    page = visitor.get(f"/review/{waiting}")
    assert list(bar(page)) == ["Yes: approve 0.50 USD", "No: decline by SS-G5"]


def test_a_finding_and_its_approval_are_one_press(visitor, mara, waiting):
    page = visitor.get(f"/review/{waiting}")
    done = press(
        visitor,
        page,
        "Yes: approve 0.50 USD",
        **{"claim_verified-internal": "Seen on the picture."},
    )
    assert done.location == f"/review/{waiting}"
    claim = stored(waiting)
    assert (claim.status, claim.payout.amount) == (Status.APPROVED, Money(50, "USD"))
    assert [event.action for event in claim.events][-2:] == [Action.RECORD_FINDING, Action.APPROVE]
    assert claim.findings["claim_verified"] is True
    assert claim.events[-2].internal == "Seen on the picture."
    assert claim.ruling.override_reason is None
    assert "Recorded and approved. The customer gets an e-mail." in visitor.get(done.location).body


def test_a_finding_that_is_not_so_declines_in_words_that_say_it(visitor, mara, waiting):
    press(visitor, visitor.get(f"/review/{waiting}"), "No: decline by SS-G5")
    claim = stored(waiting)
    assert claim.status is Status.DECLINED
    assert claim.ruling.clause == "SS-G5"
    assert claim.ruling.customer_text == (
        "We can't refund this claim. A person checked what you wrote and could not confirm it."
        " Rule SS-G5 asks for it."
    )


def test_a_text_of_ones_own_is_what_the_customer_reads(visitor, mara, waiting):
    page = visitor.get(f"/review/{waiting}")
    press(
        visitor,
        page,
        "No: decline by SS-G5",
        **{"decline-text": "The picture is of another order."},
    )
    assert stored(waiting).ruling.customer_text == "The picture is of another order."


def test_what_a_button_did_not_promise_is_not_done(visitor, mara, waiting):
    data = visitor.get(f"/review/{waiting}").fields | {
        "claim_verified-promised": "approve 5.00 USD"
    }
    page = visitor.post(f"/review/{waiting}/findings/claim_verified/yes", data, status=409)
    assert "Nothing was done." in page.text()
    claim = stored(waiting)
    assert (claim.status, claim.findings) == (Status.IN_REVIEW, {})


@pytest.mark.parametrize("path", ["claim_verified/perhaps", "nothing/yes"])
def test_an_answer_that_there_is_none_of_is_not_there(visitor, mara, waiting, path):
    data = visitor.get(f"/review/{waiting}").fields
    visitor.post(f"/review/{waiting}/findings/{path}", data, status=404)


def test_a_moment_that_has_not_come_is_an_answer(visitor, mara):
    factories.account(shop="activation-claims")
    factories.order(shop="activation-claims", messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    reference = factories.claim(
        shop="activation-claims",
        reason="major_defect",
        description="Every second call to the number ends after a minute.",
        findings={"defect_confirmed": True},
    ).reference
    page = visitor.get(f"/review/{reference}")
    assert list(bar(page)) == ["Not so far"]
    press(visitor, page, "Not so far")
    claim = stored(reference)
    assert (claim.status, claim.findings["rectified_at"]) == (Status.IN_REVIEW, None)


def test_what_the_policy_gives_is_approved_in_one_press(visitor, mara, approved):
    press(visitor, visitor.get(f"/review/{approved}"), "Approve 0.50 USD")
    assert stored(approved).payout.amount == Money(50, "USD")


def test_another_amount_than_the_button_says_is_asked_about(visitor, mara, approved):
    page = visitor.get(f"/review/{approved}")
    button = bar(page)["Approve 0.50 USD"]
    data = page.fields | {"approve-promised": button.get("value"), "approve-amount": "0.30"}
    again = visitor.post(button.get("formaction"), data, status=422)
    assert again.errors == ["The button said 0.50 USD: send this with the one below"]
    assert again.fields["approve-amount"] == "0.30"
    assert stored(approved).status is Status.IN_REVIEW


def queue_of(visitor, count):
    """So many claims that the policy denies, as the queue lists them."""
    factories.account()
    for number in range(count):
        factories.order(
            reference=f"N-{number}", messages=[(NOW - timedelta(minutes=50), "WhatsApp")]
        )
        factories.claim(order_reference=f"N-{number}", at=NOW - timedelta(minutes=count - number))
    page = visitor.get("/review?shop=sms-service")
    return [link.get("href") for link in page.all("a", class_="mono")]


def test_after_a_decision_the_next_claim_of_the_view_comes(visitor, mara):
    first, second, third = queue_of(visitor, 3)
    done = press(visitor, visitor.get(second), next(iter(bar(visitor.get(second)))))
    assert done.location == third
    page = visitor.get(third)
    told = page.one("div", id="flash")
    assert page.text(told) == f"{second[8:17]} Declined. The customer gets an e-mail."
    assert told.find(".//a").get("href") == second
    done = press(visitor, page, next(iter(bar(page))))
    assert done.location == first  # after the last of a view, its first
    done = press(visitor, visitor.get(first), next(iter(bar(visitor.get(first)))))
    assert done.location == "/review?shop=sms-service"


def test_a_claim_that_no_view_led_to_stays(visitor, mara):
    first, _ = queue_of(visitor, 2)
    alone = first.partition("?")[0]
    page = visitor.get(alone)
    assert press(visitor, page, next(iter(bar(page)))).location == alone


@pytest.mark.long
@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("at", "step", "there"),
    [(0, "next", 1), (1, "previous", 0), (2, "next", 0), (0, "previous", 2)],
)
def test_the_claims_beside_this_one_follow_in_its_view(visitor, mara, at, step, there):
    claims = queue_of(visitor, 3)
    links = {
        path.rsplit("/", 1)[-1].split("?")[0]: path
        for path in (
            each.get("href")
            for each in visitor.get(claims[at])
            .one("nav", **{"aria-label": "Claims beside this one"})
            .iter("a")
        )
    }
    assert visitor.client.get(links[step]).location == claims[there]


def test_the_person_behind_a_claim_is_told_without_a_press(visitor, mara, approved):
    page = visitor.get(f"/review/{approved}")
    assert "Their other claims" not in page.body
    factories.claim(order_reference="N-9", at=NOW - timedelta(days=1))
    said = visitor.get(f"/review/{approved}").one("dl", aria_label="What the customer says")
    assert "Their other claims1 other claim: none decided yet" in page.text(said)
