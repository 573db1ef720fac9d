"""A shop with words in two languages lets its customer choose, and what is typed stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.policy.file.places import SHOPS
from portal.versions.registry import Policies
from tests import factories
from tests.factories import NOW, SHOP
from tests.handoff.signing import a_key, token
from tests.web.steps.journeys import begin
from tests.web.steps.spoken import OURS, PROVEN, claims, mails, tag

pytestmark = [pytest.mark.any_database, pytest.mark.usefixtures("pseudo_words")]


def in_german(text):
    """A shop's file with some of its words in German too."""
    asked = 'label = "The SMS never came"'
    assert asked in text
    return text.replace(asked, 'label = { own = "The SMS never came", de = "Die SMS kam nicht" }')


def in_two_languages(app, tmp_path, shop):
    """The app with this shop alone, which has words in two languages."""
    path = tmp_path / f"{shop}.toml"
    path.write_text(in_german((SHOPS / f"{shop}.toml").read_text()))
    policies = app.extensions["policies"]
    paths = list(policies.paths.values())
    Policies.__init__(policies, [path], at=NOW)
    yield shop
    Policies.__init__(policies, paths, at=NOW)


@pytest.fixture
def two(app, tmp_path):
    """A shop that has words in two languages."""
    yield from in_two_languages(app, tmp_path, "numberplug")


@pytest.fixture
def two_with_balances(app, tmp_path):
    """Another one, which takes claims about the balance too."""
    yield from in_two_languages(app, tmp_path, SHOP)


def languages(page):
    return [
        (each.get("lang"), page.text(each), each.tag)
        for each in page.one("div", role="group", aria_label="Language")
        if each.tag in {"strong", "button"}
    ]


GERMAN = [("en", "English", "button"), ("de", "Deutsch", "strong")]


def in_german_with(visitor, path, typed):
    """Press "Deutsch" on a page with a form in which this was typed, as a browser does; what it shows then."""
    page = visitor.get(path)
    form, button = page.one("form", id="page-form"), page.one("button", lang="de")
    assert button.get("form") == "page-form"
    own = [each for each in page.all("button") if each.get("type") == "submit"]
    assert own.index(button) > own.index(next(form.iter("button")))  # Enter presses the first
    sent = page.fields | typed | {"language": "de"}
    went = visitor.post(button.get("formaction"), sent, status=307)
    assert went.location == form.get("action")
    return went.location, sent


def labels(page):
    return next((each.get("lang"), page.text(each)) for each in page.all("label"))


def test_a_shop_with_words_in_two_languages_lets_its_customer_choose(visitor, two):
    page = visitor.get(f"/{two}/claim")
    assert languages(page) == [("en", "English", "strong"), ("de", "Deutsch", "button")]
    reference = begin(visitor, shop=two)
    place = f"/new/{reference}/reason"
    assert labels(visitor.get(place)) == (None, "The SMS never came")
    went = visitor.post(f"/{two}/language", {"language": "de", "to": f"{place}?a=b"})
    assert went.location == f"{place}?a=b"
    page = visitor.get(place)
    # The portal has no German yet: its own sentences stay English, and the shop's say what they are.
    assert (tag(page), page.h1, labels(page)) == (
        "en",
        "What happened?",
        ("de", "Die SMS kam nicht"),
    )
    assert languages(page) == [("en", "English", "button"), ("de", "Deutsch", "strong")]
    assert [claim.language for claim in claims()] == ["de"]
    for to in ("https://evil.example/", "//evil.example", "/nowhere/at/all", ""):
        went = visitor.post(f"/{two}/language", {"language": "en", "to": to})
        assert went.location == f"/{two}/"
    visitor.post(f"/{two}/language", {"language": "fr"}, status=422)
    assert [claim.language for claim in claims()] == ["en"]


@pytest.mark.parametrize("about", ["", "?about=balance"])
def test_what_is_typed_on_the_first_page_is_there_in_the_other_language(
    visitor, two_with_balances, about
):
    typed = {"email": "kim@exampel.com"} | ({} if about else {"order": " a-1001"})
    place, sent = in_german_with(visitor, f"/{two_with_balances}/claim{about}", typed)
    assert "@" not in place
    page = visitor.post(place, sent, status=200)
    assert (languages(page), page.errors) == (GERMAN, [])
    assert {name: page.fields[name] for name in typed} == {
        name: text.strip() for name, text in typed.items()
    }
    assert (claims(), mails()) == ([], [])
    with visitor.client.session_transaction() as kept:
        assert "kim" not in str(dict(kept))


def test_a_form_that_comes_with_a_language_shows_no_card_number_and_nothing_wrong(visitor, two):
    typed = {"order": "4111 1111 1111 1111", "email": ""}
    place, sent = in_german_with(visitor, f"/{two}/claim", typed)
    page = visitor.post(place, sent, status=200)
    assert (page.errors, page.fields["order"], page.fields["email"]) == ([], "•••• 1111", "")


def test_later_pages_keep_what_is_typed_when_the_language_changes(visitor, two_with_balances):
    two = two_with_balances
    factories.account()
    factories.top_up(amount_minor=1200, at=NOW - timedelta(days=2), method="Visa")
    reference = begin(visitor, shop=two, order=None)
    path, chosen = f"/new/{reference}/reason", {"reason": "unused_balance"}
    visitor.post(path, chosen)
    typed = chosen | {"asked": "twelve"}
    place, sent = in_german_with(visitor, path, typed)
    page = visitor.get(visitor.post(place, sent).location)
    assert (languages(page), page.errors) == (GERMAN, [])
    assert {name: page.fields[name] for name in typed} == typed
    (claim,) = claims()
    assert (claim.language, claim.asked) == ("de", None)
    sent |= {"asked": "12.00", "description": "I need none of it any more."}
    del sent["language"]
    result = visitor.post(path, sent).location
    visitor.post(f"/{two}/language", {"language": "en", "to": result})
    place, sent = in_german_with(visitor, result, {"way": "paypal"})
    page = visitor.get(visitor.post(place, sent).location)
    assert (languages(page), page.fields["way"]) == (GERMAN, "paypal")
    payout = visitor.post(result, page.fields).location
    visitor.post(f"/{two}/language", {"language": "en", "to": result})
    place, sent = in_german_with(visitor, payout, {"email": "kim@"})
    page = visitor.post(place, sent, status=200)
    assert (languages(page), page.errors, page.fields["email"]) == (GERMAN, [], "kim@")


def test_a_shop_with_words_in_one_language_offers_no_choice(visitor):
    assert not visitor.get(f"/{SHOP}/").all("div", aria_label="Language")


@pytest.mark.long
def test_a_browser_gets_the_shop_s_words_in_a_language_that_the_portal_lacks(visitor, two):
    visitor.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de-AT, de;q=0.8"
    reference = begin(visitor, shop=two)
    page = visitor.get(f"/new/{reference}/reason")
    assert (tag(page), labels(page)) == ("en", ("de", "Die SMS kam nicht"))
    assert [claim.language for claim in claims()] == ["de"]


def test_a_new_hand_off_goes_before_what_was_chosen_and_an_unknown_language_says_nothing(
    visitor, two
):
    key = a_key(two)
    factories.order(shop=two, **PROVEN)
    visitor.post(f"/{two}/language", {"language": "de", "to": f"/{two}/"})
    for lang, kept in [(OURS, OURS), ("xx-nobody", OURS), (17, OURS), ("de_at", "de-AT")]:
        written = token(key, iss=two, reason="sms_not_received", lang=lang)
        place = visitor.get(f"/{two}/claim?token={written}", status=303).location
        assert claims()[-1].language == kept
        assert tag(visitor.get(place)) == (OURS if kept == OURS else "en")
