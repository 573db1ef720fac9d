"""Links that are mailed or handed over outlive whoever looks ahead of the person, and work once; they are told on to nobody."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask_security import hash_password

from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.people.reviewers import Role
from tests import factories
from tests.conftest import NOW
from tests.handoff.signing import a_key, token
from tests.web.attacker import rows
from tests.web.inspector import Browser, Page
from tests.web.steps.journeys import code_for, link
from tests.web.steps.signing_in import sign_in

ROOT = Path(__file__).parents[3]
TIMES = 50
METHODS = ("GET", "HEAD", "OPTIONS")
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/126.0 Safari/537.36"
)
# Browsers that look ahead, scanners of mail, previews of chats: as they name themselves.
AHEAD = (
    {"Purpose": "prefetch", "User-Agent": CHROME},
    {"Sec-Purpose": "prefetch", "User-Agent": CHROME},
    {"Sec-Purpose": "prefetch;prerender", "User-Agent": CHROME},
    {"Sec-Purpose": "prefetch;anonymous-client-ip", "User-Agent": CHROME},
    {"X-Purpose": "preview", "User-Agent": "Mozilla/5.0 (Macintosh) Safari/605.1.15"},
    {"X-Moz": "prefetch", "User-Agent": "Mozilla/5.0 (X11; Linux) Gecko/20100101 Firefox/60.0"},
)
SCANNERS = (
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0) Microsoft-SafeLinks",
    "BarracudaCentral/1.0",
    "Mozilla/5.0 (compatible; Proofpoint URL Defense)",
    "Mimecast-URL-Protect/1.0",
    "GoogleImageProxy (via ggpht.com)",
    "Google-Safety (+http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "SkypeUriPreview Preview/0.5",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "WhatsApp/2.23.20.0",
    "TelegramBot (like TwitterBot)",
    "facebookexternalhit/1.1",
    "curl/8.5.0",
    "",
)
EVERYBODY = (*AHEAD, *({"User-Agent": name} for name in SCANNERS))


@pytest.fixture
def app(app):
    app.config |= {"NOW": NOW, "WTF_CSRF_ENABLED": False}
    return app


@pytest.fixture
def logged(caplog):
    """All that is logged, statements with what they are given among it."""
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.INFO, "sqlalchemy.engine"):
        yield caplog


def looked_at(app, path, *, by=EVERYBODY):
    """Fifty looks, each from a browser of its own that goes on where it is led; the last path that was reached."""
    secret = max(re.split(r"[/?&=]", path), key=len)
    for number in range(TIMES):
        method, headers = METHODS[number % 3], by[number % len(by)]
        follow = method == "GET"
        answer = app.test_client().open(
            path, method=method, headers=headers, follow_redirects=follow
        )
        assert answer.status_code in {200, 303, 302}, (method, headers)
        told_on_to_nobody(answer, secret)
    return secret


def told_on_to_nobody(answer, secret):
    """No other site is told the secret: not by where it leads, by what a page loads or links, or as whence one came."""
    assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
    assert urlsplit(answer.headers.get("Location", "")).netloc in {"", "localhost"}
    if answer.mimetype == "text/html" and answer.data:
        page = Page(answer)
        for element in page.all():
            for name in ("href", "src", "action", "hx-get", "hx-post"):
                address = urlsplit(element.get(name) or "")
                assert address.netloc in {"", "localhost"} or secret not in address.geturl()


def kept_nowhere(app, logged, secret):
    """Neither log nor database has it, but for the letter that carries it."""
    assert secret not in logged.text
    for table, found in rows().items():
        assert table == OutboxMail.__tablename__ or secret not in str(found), table


def mailed(address, pattern):
    """What the newest letter to the address has of this pattern."""
    newest = db.select(OutboxMail.text).where(OutboxMail.recipient == address)
    text = db.session.scalars(newest.order_by(OutboxMail.id.desc()).limit(1)).one()
    db.session.rollback()
    return re.search(pattern, text).group(1)


def password_set(app, path, words):
    """Whether a person chose this password by the link: where that leads."""
    data = {"password": words, "password_confirm": words}
    return app.test_client().post(path, data=data).location


@pytest.mark.long
def test_a_claims_link_outlives_scanners_and_its_code_opens_once(app, logged):
    claim = factories.claim()
    url = link(claim)
    secret = looked_at(app, url)
    for page in ("unlock", "code"):
        looked_at(app, f"{url}/{page}")
    owner, other = Browser(app.test_client()), Browser(app.test_client())
    assert owner.post(f"{url}/unlock").location.endswith("/code")
    looked_at(app, f"{url}/code")
    code = code_for(claim.email)
    assert owner.post(f"{url}/code", {"code": code}).status == 303
    assert other.post(f"{url}/code", {"code": code}, status=422).errors != []
    kept_nowhere(app, logged, secret)


@pytest.mark.long
def test_a_link_to_a_new_password_outlives_scanners_and_sets_one(app, logged):
    factories.reviewer(email="mara@example.com", password=hash_password("violet anchor pelican"))
    app.test_client().post("/sign-in/password", data={"email": "mara@example.com"})
    path = mailed("mara@example.com", r"(/sign-in/password/\S+)")
    secret = looked_at(app, path)
    assert password_set(app, path, "orchid 71 lantern quarry") == "/sign-in"
    assert password_set(app, path, "another 71 lantern quarry") == "/sign-in/password"
    kept_nowhere(app, logged, secret)


@pytest.mark.long
def test_an_invitation_outlives_scanners_and_sets_one_password(app, logged):
    admin = Browser(app.test_client())
    sign_in(admin, factories.reviewer(role=Role.ADMIN))
    said = {"name": "Nora New", "email": "nora@example.com", "rights": "*:reviewer"}
    admin.post("/review/people/invite", said)
    path = mailed("nora@example.com", r"(/sign-in/password/\S+)")
    secret = looked_at(app, path)
    assert password_set(app, path, "orchid 71 lantern quarry") == "/sign-in"
    assert password_set(app, path, "another 71 lantern quarry") == "/sign-in/password"
    kept_nowhere(app, logged, secret)


@pytest.mark.long
def test_a_link_handed_over_outlives_who_looks_ahead_and_opens_one_browser(app, logged):
    """A scanner that says nothing is the first browser to come: no mail carries such a link."""
    factories.order()
    path = f"/{factories.SHOP}/claim?token={token(a_key())}"
    secret = looked_at(app, path, by=AHEAD)
    owner, other = app.test_client(), app.test_client()
    assert owner.get(path).location.startswith("/new/")
    assert other.get(path).status_code == 403
    kept_nowhere(app, logged, secret)


def test_no_server_of_ours_writes_down_what_is_asked_for():
    assert "access" not in (ROOT / "gunicorn.conf.py").read_text()
    assert "access_log off;" in (ROOT / "docs/nginx.conf").read_text()
