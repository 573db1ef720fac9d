"""Nothing that somebody typed is lost: by an error, the way back, another device, or a late answer."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.answering import TypedText, kept
from portal.claims.queries import claim_page
from portal.extensions import db
from tests import factories
from tests.factories import NOW
from tests.web.inspector import Browser
from tests.web.steps.journeys import again, asked, begin, code_for, declined, drafted, link, opened
from tests.web.steps.sending import sent

STORY = "I waited for twenty minutes, and then I wrote to you."
CARD = "4111 1111 1111 1111"


def chosen(visitor):
    """A draft before its questions."""
    reference = begin(visitor, shop="client-numbers")
    visitor.post(f"/new/{reference}/reason", {"reason": "sms_not_received"})
    return reference


def test_what_is_typed_is_kept_as_it_is_typed_and_forgotten_when_it_is_sent(visitor):
    reference = chosen(visitor)
    questions, chosen_one = f"/new/{reference}/reason", {"reason": "sms_not_received"}
    keep = f"/new/{reference}/keep/questions"
    for words in ("I wai", STORY):
        visitor.post(keep, chosen_one | {"service_name": "Viber", "description": words}, status=204)
    page = visitor.get(questions)
    assert page.one("form").get("data-keep") == keep
    assert (page.fields["service_name"], page.fields["description"]) == ("Viber", STORY)
    assert claim_page(reference).description is None
    said = {"service_name": "Viber", "asked": "0.50", "description": "It never came."}
    visitor.post(questions, chosen_one | said)
    assert visitor.get(questions).fields["description"] == "It never came."
    assert db.session.scalars(select(TypedText)).all() == []


@pytest.mark.long
def test_what_could_not_be_taken_is_there_again_after_going_back(visitor):
    reference = chosen(visitor)
    questions, chosen_one = f"/new/{reference}/reason", {"reason": "sms_not_received"}
    said = {"service_name": "V" * 130, "description": STORY}
    visitor.post(questions, chosen_one | {"shown": "sms_not_received"} | said, status=422)
    page = visitor.get(questions)
    assert (page.fields["service_name"], page.fields["description"]) == ("V" * 130, STORY)


def test_a_choice_that_the_page_does_not_offer_is_as_good_as_none(visitor):
    reference = begin(visitor, shop="activation-claims")
    made_up = {"reason": "major_defect", "remedy": "x" * 500}
    visitor.post(f"/new/{reference}/keep/questions", made_up, status=204)
    page = visitor.get(f"/new/{reference}/reason")
    assert page.fields["reason"] == "major_defect"


@pytest.mark.long
def test_a_card_number_is_never_kept(visitor):
    reference = chosen(visitor)
    chosen_one = {"reason": "sms_not_received", "description": f"My card {CARD}"}
    visitor.post(f"/new/{reference}/keep/questions", chosen_one, status=204)
    chosen_one["shown"] = "sms_not_received"
    visitor.post(f"/new/{reference}/reason", chosen_one, status=422)
    row = db.session.scalars(select(TypedText)).one()
    assert row.fields["description"] == "My card •••• 1111"


def test_keeping_what_is_typed_moves_no_claim(visitor):
    claim = asked(["claim.description"])
    url = opened(visitor, claim)
    visitor.post(f"{url}/keep/answer", {"description": STORY}, status=204)
    assert again(claim).version == claim.version
    assert visitor.get(f"{url}/answer").fields["description"] == STORY
    visitor.post(f"{url}/answer", {"description": STORY})
    assert kept(again(claim), page="answer") == {}


def test_only_its_owner_keeps_anything(visitor, app):
    claim = asked(["claim.description"])
    other = Browser(app.test_client())
    assert other.post(f"{link(claim)}/keep/answer", {"description": "x"}).location.startswith(
        f"{link(claim)}/unlock"
    )
    reference = begin(visitor, order="A-2")
    other.post(f"/new/{reference}/keep/questions", {"description": "x"}, status=404)
    visitor.post(f"/new/{reference}/keep/nonsense", {"description": "x"}, status=404)
    assert kept(again(claim), page="answer") == {}


@pytest.mark.parametrize("page", ["appeal", "nonsense"])
def test_there_is_nothing_to_keep_where_nothing_can_be_typed(visitor, page):
    url = opened(visitor, asked(["claim.description"]))
    visitor.post(f"{url}/keep/{page}", {"text": "x"}, status=404)


def test_the_text_of_an_appeal_outlives_the_missing_file(visitor):
    claim = declined()
    url = opened(visitor, claim)
    page = visitor.post(f"{url}/appeal/text", {"text": STORY}, status=422)
    assert page.errors == ["Add at least one new file that shows what happened."]
    (error,) = [a for box in page.all(class_="error-summary") for a in box.iter("a")]
    assert error.get("href") == f"{url}/appeal"
    visitor.get(f"{url}/appeal")
    factories.evidence(claim, on_appeal=True)
    assert visitor.get(f"{url}/appeal/text").fields["text"] == STORY
    visitor.post(f"{url}/keep/appeal", {"text": f"{STORY} Twice."}, status=204)
    assert visitor.get(f"{url}/appeal/text").fields["text"] == f"{STORY} Twice."
    assert visitor.post(f"{url}/appeal/text", {"text": STORY}).location == url
    assert again(claim).appeal_text == STORY
    assert db.session.scalars(select(TypedText)).all() == []


def test_an_answer_that_comes_when_the_half_hour_is_over_waits_for_the_code(visitor, app):
    claim = declined()
    url = opened(visitor, claim)
    app.config["NOW"] = NOW + timedelta(minutes=31)
    page = visitor.post(f"{url}/appeal/text", {"text": STORY})
    assert page.location == f"{url}/unlock?to=appeal_text"
    visitor.post(f"{url}/unlock")
    visitor.post(f"{url}/code", {"code": code_for(claim.email)})
    assert visitor.get(f"{url}/appeal/text").fields["text"] == STORY


def test_a_session_that_is_gone_shows_what_was_typed(visitor, app):
    reference = chosen(visitor)
    other = Browser(app.test_client())
    typed = {"description": f"{STORY} {CARD}", "csrf_token": "old"}
    here = {"headers": {"Sec-Fetch-Site": "same-origin"}}
    answer = other.client.post(f"/new/{reference}/reason", data=typed, **here)
    page = other._inspect(answer, 400, fragment=False)
    assert page.h1 == "This page was open for too long"
    assert f"What happened{STORY} •••• 1111" in page.text()
    away = other.client.post(
        f"/new/{reference}/reason", data=typed, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert STORY not in away.text


def test_a_sent_claim_keeps_nothing_of_its_draft(visitor):
    reference = drafted(visitor)
    for page in ("questions", "result"):
        visitor.post(f"/new/{reference}/keep/{page}", {"description": STORY}, status=204)
    sent(visitor, reference)
    assert db.session.scalars(select(TypedText)).all() == []
