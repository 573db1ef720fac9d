"""Each customer reads their own language: pages, mails, receipt and calendar, whoever else is here meanwhile."""

from __future__ import annotations

import pytest

from portal import translation
from portal.claims import answering
from portal.claims.evidence import phone
from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.queries import claim_for_change
from portal.claims.verbs import mending
from portal.claims.verbs.reviewing import approve
from portal.config.languages import speaking_to
from portal.database import transaction
from portal.money import Money
from tests import factories, pseudo
from tests.factories import EMAIL, NOW, ORDER, SHOP
from tests.handoff.signing import a_key, token
from tests.mail.reading import LetterPage
from tests.web.attacker import Attacker, address, rule_of
from tests.web.inspector import Browser, Page as Seen
from tests.web.routes import ROUTES
from tests.web.steps.journeys import code_for, declined, link
from tests.web.steps.signing_in import sign_in
from tests.web.steps.spoken import OURS, PROVEN, claims, mails, tag
from tests.web.steps.words import NAMES, left, own_words

pytestmark = [pytest.mark.any_database, pytest.mark.usefixtures("pseudo_words")]


@pytest.fixture
def data(app):
    names = {"SMS Service", EMAIL, "we have your claim"}
    return pseudo.known(NAMES | names | {each for each in own_words() if len(each) > 1})


@pytest.fixture
def other(app, visitor):
    """Another customer's browser, at the same moment."""
    return Browser(app.test_client())


def is_pseudo(page, data):
    return tag(page) == OURS and left(page, data) == []


def is_said(mail, data):
    """Whether subject, text and HTML of a mail are in the pseudo-language."""
    html = LetterPage(mail.html)
    said = [pseudo.plain(text, data) for text in (mail.subject, mail.text, html.text)]
    return said == ["", "", ""] and f'lang="{OURS}"' in mail.html


@pytest.mark.long
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


@pytest.mark.long
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
    "incidents",
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


@pytest.mark.one_in(3)
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


def test_nothing_is_left_of_a_language_when_the_request_is_over(visitor):
    claim = factories.claim(language=OURS)
    assert tag(visitor.get(link(claim))) == OURS
    assert translation.language() == translation.reader() == "en"
    assert tag(visitor.get("/no/such/page", status=404)) == "en"
