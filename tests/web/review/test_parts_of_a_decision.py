"""What is typed in one part of a decision is there after another part was sent."""

import pytest

from portal.claims.lifecycle import Status
from tests.web.steps.journeys import stored

TYPED = {
    "ask-note": "Send the whole screen, please.",
    "approve-internal": "Tried the code twice.",
    "decline-text": "We could not see it.",
    "decline-internal": "Not sure.",
}


def screen(visitor, reference):
    """Everything that the decision's one form sends."""
    fields = visitor.get(f"/review/{reference}").fields
    return {name: value for name, value in fields.items() if "-" in name}


@pytest.mark.parametrize("fragment", [False, True])
def test_recording_a_finding_keeps_what_is_typed_beside_it(visitor, mara, waiting, fragment):
    data = screen(visitor, waiting) | TYPED | {"claim_verified-value": "yes"}
    page = visitor.post(
        f"/review/{waiting}/findings/claim_verified", data, status=200, fragment=fragment
    )
    assert stored(waiting).outcome == "approve"
    assert {name: page.fields[name] for name in TYPED} == TYPED
    assert page.fields["approve-amount"] == "0.50"
    assert page.fields["approve-seen"] == str(stored(waiting).version)
    assert "Recorded. The claim was decided again with it." in page.text()
    if fragment:
        assert page.response.headers["HX-Retarget"] == "#case"
    again = {name: value for name, value in page.fields.items() if "-" in name}
    visitor.post(f"/review/{waiting}/approve", again)
    assert stored(waiting).ruling.internal_note == "Tried the code twice."


def test_what_was_only_suggested_follows_the_new_verdict(visitor, mara, waiting):
    data = screen(visitor, waiting) | {"claim_verified-value": "no", "ask-note": "Well"}
    data["decline-clause"] = "SS-G5"  # the first that is offered, as a browser sends it
    page = visitor.post(f"/review/{waiting}/findings/claim_verified", data, status=200)
    assert page.fields["ask-note"] == "Well"
    assert page.fields["decline-text"].startswith("We can't refund this claim.")


def test_with_nothing_typed_the_claim_is_loaded_anew(visitor, mara, waiting):
    data = screen(visitor, waiting) | {"claim_verified-value": "yes"}
    page = visitor.post(f"/review/{waiting}/findings/claim_verified", data)
    assert page.location == f"/review/{waiting}"


def test_a_part_that_is_refused_keeps_what_is_typed_beside_it(visitor, mara, waiting):
    data = screen(visitor, waiting) | TYPED
    page = visitor.post(f"/review/{waiting}/findings/claim_verified", data, status=422)
    assert page.errors == ["Choose yes or no"]
    assert {name: page.fields[name] for name in TYPED} == TYPED
    data["decline-clause"] = "SS-G5"
    page = visitor.post(f"/review/{waiting}/decline/text", data, status=200)
    assert page.fields["ask-note"] == "Send the whole screen, please."


def test_a_stale_screen_shows_all_that_was_typed(visitor, mara, waiting):
    data = screen(visitor, waiting) | TYPED
    visitor.post(
        f"/review/{waiting}/findings/claim_verified",
        {"claim_verified-seen": data["claim_verified-seen"], "claim_verified-value": "yes"},
    )
    page = visitor.post(f"/review/{waiting}/approve", data, status=409)
    for words in TYPED.values():
        assert words in page.text()
    assert stored(waiting).status is Status.IN_REVIEW


def test_enter_alone_sends_no_part(visitor, mara, waiting):
    form = visitor.get(f"/review/{waiting}").one(id="decision")
    first = next(button for button in form.iter("button") if button.get("type") == "submit")
    assert (first.get("disabled"), first.get("hidden")) == ("", "")
