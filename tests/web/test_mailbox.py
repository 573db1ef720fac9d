"""The mailbox of development: mails in order, by pages; codes to copy; HTML that can do nothing."""

from __future__ import annotations

import pytest

from portal.app import create_app
from portal.config.settings import load_settings
from portal.database import transaction
from portal.extensions import db
from portal.mail.letters import Event, Letter
from portal.mail.outbox import Sender, queue
from tests.factories import NOW

SHOP = Sender(name="Shop", address="shop@example.com")


def put(count=1, *, event=Event.PAID, text="Paid. See http://localhost/claims/A/b\n", **given):
    with transaction():
        mails = [
            queue(
                Letter(subject=f"News {n}", text=text, html="<p style='color:red'>Paid</p>"),
                event=event,
                to="kim@example.com",
                sender=SHOP,
                about=None,
                **{"at": NOW} | given,
            )
            for n in range(count)
        ]
    return [mail.id for mail in mails]


def test_an_empty_mailbox_says_what_to_do(visitor):
    page = visitor.get("/mailbox")
    assert page.h1 == "Mailbox"
    assert "Start a claim: its code and its news come here." in page.text()


def test_mails_are_listed_newest_first_by_pages(visitor):
    numbers = put(65)
    seen, path, pages = [], "/mailbox", 0
    while path:
        page = visitor.get(path)
        links = [a for a in page.all("a") if "/mailbox/" in (a.get("href") or "")]
        seen += [int(a.get("href").rpartition("/")[2]) for a in links]
        following = page.all("a", rel="next")
        path = following[0].get("href") if following else None
        pages += 1
    assert seen == numbers[::-1]
    assert pages == 3


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_costs_one_query_however_long(visitor, statements, count):
    put(count)
    del statements[:]
    visitor.get("/mailbox")
    assert len(statements) == 1


def test_a_mail_shows_its_text_with_links_and_its_html_in_a_frame(visitor):
    (number,) = put()
    page = visitor.get(f"/mailbox/{number}")
    assert page.h1 == "News 0"
    assert page.one("a", href="http://localhost/claims/A/b") is not None
    frame = page.one("iframe")
    assert frame.get("src") == f"/mailbox/{number}/html"
    assert frame.get("sandbox") == "allow-popups allow-popups-to-escape-sandbox"


def test_a_code_can_be_copied(visitor):
    (number,) = put(event=Event.SIGN_IN_CODE, text="Your code: 482913\n")
    page = visitor.get(f"/mailbox/{number}")
    assert page.one("button", **{"data-copy": "482913"}) is not None


def test_the_html_stands_alone_under_its_own_policy(client):
    (number,) = put()
    answer = client.get(f"/mailbox/{number}/html")
    assert answer.text == "<p style='color:red'>Paid</p>"
    assert answer.headers["Content-Security-Policy"] == (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
        "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


@pytest.mark.parametrize("path", ["/mailbox/9", "/mailbox/9/html", f"/mailbox/{2**70}"])
def test_a_mail_that_is_not_there_is_404(client, path):
    assert client.get(path).status_code == 404


def test_a_wrong_page_number_shows_the_newest(visitor):
    put()
    for before in ("x", "-1", "0", str(2**70)):
        assert "News 0" in visitor.get(f"/mailbox?before={before}").text()


def test_there_is_no_mailbox_where_mails_leave_by_smtp(database, tmp_path):
    settings = load_settings(
        database_url=database, evidence_folder=tmp_path, mail_server="smtp.example.com"
    )
    app = create_app(settings, TESTING=True, RATELIMIT_ENABLED=False)
    with app.app_context():
        (number,) = put()
        client = app.test_client()
        for path in ("/mailbox", f"/mailbox/{number}", f"/mailbox/{number}/html"):
            assert client.get(path).status_code == 404
        db.session.remove()
        db.engine.dispose()
