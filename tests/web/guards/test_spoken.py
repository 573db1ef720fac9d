"""Each customer reads their own language: pages, mails, receipt and calendar, whoever else is here meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import translation
from portal.claims import answering
from portal.claims.evidence import phone
from portal.claims.models import Claim
from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.queries import claim_for_change
from portal.claims.verbs import mending
from portal.claims.verbs.reviewing import approve
from portal.config.languages import speaking_to
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.policy.file.places import SHOPS
from portal.versions.registry import Policies
from tests import factories, pseudo
from tests.factories import EMAIL, NOW, ORDER, SHOP
from tests.handoff.signing import a_key, token
from tests.mail.reading import LetterPage
from tests.web.attacker import Attacker, address, rule_of
from tests.web.inspector import Browser, Page as Seen
from tests.web.routes import ROUTES
from tests.web.steps.journeys import begin, code_for, declined, link
from tests.web.steps.signing_in import sign_in
from tests.web.steps.words import NAMES, left, own_words

OURS = "en-Dsrt"  # of the pseudo-language, as a shop writes it
PROVEN = {"account_email": EMAIL, "account_id": "u-17"}

pytestmark = [pytest.mark.any_database, pytest.mark.usefixtures("pseudo_words")]


@pytest.fixture
def data(app):
    names = {"SMS Service", EMAIL, "we have your claim"}
    return pseudo.known(NAMES | names | {each for each in own_words() if len(each) > 1})


@pytest.fixture
def other(app, visitor):
    """Another customer's browser, at the same moment."""
    return Browser(app.test_client())


def claims():
    db.session.rollback()
    return db.session.scalars(select(Claim).order_by(Claim.id)).all()


def mails(to=EMAIL):
    db.session.rollback()
    found = select(OutboxMail).where(OutboxMail.recipient == to).order_by(OutboxMail.id)
    return db.session.scalars(found).all()


def tag(page):
    return page.one("html").get("lang")


def is_pseudo(page, data):
    return tag(page) == OURS and left(page, data) == []


def is_said(mail, data):
    """Whether subject, text and HTML of a mail are in the pseudo-language."""
    html = LetterPage(mail.html)
    said = [pseudo.plain(text, data) for text in (mail.subject, mail.text, html.text)]
    return said == ["", "", ""] and f'lang="{OURS}"' in mail.html


def test_a_customer_who_is_handed_over_reads_their_language_to_the_end(visitor, other, data):
    key = a_key()
    factories.order(**PROVEN)
    factories.order(reference="A-2", account_email="ben@example.com", account_id="u-18")
    mine = token(key, reason="sms_not_received", lang=OURS, email=EMAIL)
    theirs = token(key, reason="sms_not_received", sub="u-18", order="A-2", email="ben@example.com")
    place = visitor.get(f"/{SHOP}/claim?token={mine}", status=303).location
    elsewhere = other.get(f"/{SHOP}/claim?token={theirs}", status=303).location
    assert is_pseudo(visitor.get(place), data)
    assert other.get(elsewhere).h1 == "0.50 USD go back to your balance"
    sent, told = visitor.post(place).location, other.post(elsewhere).location
    assert other.get(told).h1 == "Your claim is sent"
    assert tag(other.get(told)) == "en"
    assert is_pseudo(visitor.get(sent), data)
    ours, english = claims()
    assert (ours.language, english.language) == (OURS, "en")
    assert is_pseudo(visitor.get(f"{link(ours)}/receipt"), data)
    calendar = visitor.get(f"{link(ours)}/calendar.ics").body
    assert "SUMMARY:⟦" in calendar
    assert is_pseudo(visitor.get(f"/{SHOP}/"), data)
    assert is_pseudo(visitor.get(f"/{SHOP}/nothing", status=404), data)
    assert [is_said(mail, data) for mail in mails()] == [True]
    assert "Approved" in mails("ben@example.com")[0].html


def test_without_a_hand_off_the_browser_says_the_language_and_the_claim_keeps_it(visitor, data):
    factories.order(account_email=EMAIL, service="Telegram")
    asks = {"HTTP_ACCEPT_LANGUAGE": f"tlh, {OURS};q=0.9, en;q=0.5"}
    visitor.client.environ_base |= asks
    assert is_pseudo(visitor.get(f"/{SHOP}/"), data)
    refused = visitor.post(f"/{SHOP}/claim", {"order": ORDER, "email": "no"}, status=422)
    assert is_pseudo(refused, data)
    draft = visitor.post(f"/{SHOP}/claim", {"order": ORDER, "email": EMAIL}).location
    assert is_pseudo(visitor.post(draft, {"code": "x"}, status=422), data)
    visitor.client.environ_base.pop("HTTP_ACCEPT_LANGUAGE")
    assert is_pseudo(visitor.get(draft), data)
    reason = visitor.post(draft, {"code": code_for(EMAIL)}).location
    assert is_pseudo(visitor.get(reason), data)
    assert is_pseudo(visitor.post(reason, {}, status=422), data)
    story = {
        "reason": "wrong_code",
        "shown": "wrong_code",
        "description": "It was another one's code.",
    }
    result = visitor.post(reason, story).location
    assert tag(visitor.get(result)) == OURS
    (claim,) = claims()
    assert claim.language == OURS
    assert is_said(mails()[0], data)


def test_several_orders_at_once_and_the_one_mail_about_them(visitor, data):
    key = a_key()
    for reference in (ORDER, "A-2"):
        factories.order(reference=reference, **PROVEN)
    written = token(key, order=None, orders=[ORDER, "A-2"], lang=OURS, email=EMAIL)
    place = visitor.get(f"/{SHOP}/claim?token={written}", status=303).location
    assert is_pseudo(visitor.get(place), data)
    assert is_pseudo(visitor.post(place, {}, status=422), data)
    for form in ({"reason": "sms_not_received"}, {}):
        visitor.post(place, form)
        assert is_pseudo(visitor.get(place), data)
    assert [claim.language for claim in claims()] == [OURS, OURS]
    (mail,) = mails()
    assert (mail.event, is_said(mail, data)) == ("filed_together", True)


def test_the_phone_that_adds_a_file_reads_the_claim_s_language(visitor, data):
    draft = factories.draft(language=OURS)
    with transaction():
        secret = phone.begin(draft, at=NOW).secret
    assert is_pseudo(visitor.get(f"/phone/{secret}"), data)


def test_what_others_do_is_told_in_the_claim_s_language_and_they_read_their_own(visitor, data):
    claim = declined(language=OURS)
    text = claim.ruling.customer_text
    subjects = [mail.subject for mail in mails()]
    assert all("⟦" in subject for subject in subjects)
    assert text in mails()[-1].text
    sign_in(visitor, factories.reviewer())
    page = visitor.get(f"/review/{claim.reference}")
    assert ["Language", "English (Deseret)"] in [
        [page.text(each) for each in row][:2]
        for row in page.one("section", **{"aria-labelledby": "story"}).iter("div")
    ]
    assert page.body.count("⟦") == len(subjects)  # the mails that left, as they are


def test_to_keep_a_language_renews_no_version(app):
    claim = factories.claim()
    before = claim.version
    with transaction():
        answering.keep_language([claim_for_change(claim.reference)], language="de-AT")
    (kept,) = claims()
    assert (kept.language, kept.version) == ("de-AT", before)
    with transaction():
        answering.keep_language([kept], language=None)
    assert claims()[0].language == "de-AT"


def test_what_a_customer_causes_stays_english_for_those_who_work_here(app):
    claim = factories.claim(language=OURS, reason="wrong_code")
    payee = read("paypal", {"email": "ana@paypal.example"})
    with transaction():
        row = claim_for_change(claim.reference)
        answering.answer(row, destination="payout")
        name_payee(row, details=payee)
        approve(row, amount=Money.parse("0.50", "USD"), override_reason="seen", at=NOW,
                by=factories.reviewer(), seen=row.version, policy=factories.policy())  # fmt: skip
    with transaction(), speaking_to(OURS):
        row = claim_for_change(claim.reference)
        elsewhere = read("paypal", {"email": "bo@paypal.example"})
        mending.change_payee(row, details=elsewhere, policy=factories.policy(), at=NOW)
    (kept,) = claims()
    assert [cause["text"] for cause in kept.payout.held] == [
        "It was approved otherwise than the policy says, or for more.",
        "The customer changed where it goes; before it was PayPal, an•••@paypal.example.",
    ]
    assert "⟦" not in str(kept.events[-1].internal)
    assert "⟦" in mails()[-1].subject


# The rooms of whoever works here, who read in a language of their own.
STAFFS = {
    "reviewer",
    "deciding",
    "desk",
    "alike",
    "letters",
    "snippets",
    "owed",
    "runs",
    "due",
    "attention",
}
CUSTOMERS = [
    name
    for name, (role, about, _) in ROUTES.items()
    if about and name != "phone.files" and name.split(".")[0] not in STAFFS
]


@pytest.mark.parametrize("endpoint", CUSTOMERS)
def test_every_page_about_a_claim_is_said_in_its_language(app, data, endpoint):
    role, about, _ = ROUTES[endpoint]
    attacker = Attacker(app, role, about)
    with transaction():
        answering.keep_language([claim_for_change(attacker.claim.reference)], language=OURS)
    found = {}
    for method in sorted(rule_of(app, endpoint).methods & {"GET", "POST"}):
        page = Seen(attacker.send(address(rule_of(app, endpoint), attacker.good), method=method))
        if page.tree is not None and page.whole and not page.location:
            found[method] = tag(page), left(page, data)
    assert set(map(str, found.values())) <= {str((OURS, []))}


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


def test_nothing_is_left_of_a_language_when_the_request_is_over(visitor):
    claim = factories.claim(language=OURS)
    assert tag(visitor.get(link(claim))) == OURS
    assert translation.language() == translation.reader() == "en"
    assert tag(visitor.get("/no/such/page", status=404)) == "en"
