"""What every answer carries, what is done too often, and the portal as it is installed."""

import hashlib
import itertools
import re
from base64 import b64encode

import pytest
from flask import g
from flask_security import hash_password

from portal.app import ROOT, create_app
from portal.claims.lifecycle import EvidenceState
from portal.config.settings import load_settings
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.web.frame import headers, htmx
from tests import factories
from tests.conftest import NOW
from tests.portals import PRODUCTION, portal_at, within
from tests.web.attacker import HASH, ask, but_what_is_logged, rows, visitor_with
from tests.web.frame.foreign import FOREIGN
from tests.web.inspector import Browser, Page
from tests.web.makers import MAKERS
from tests.web.routes import ROUTES
from tests.web.steps.journeys import link

# What leads a browser on, and what stays here: no sign in it that a browser leaves out.
LEADS = ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url")
HERE = re.compile(r"|(http://localhost)?/(?![/\\])[!-\[\]-~]*")


@pytest.fixture
def counted(database, portals, tmp_path, monkeypatch):
    """The portal with its limits in force; no window ends meanwhile."""
    monkeypatch.setattr("portal.limits.time", lambda: 86400 * 20_000.0)
    with within(portals(database).as_new(tmp_path, limits=True)) as app:
        yield app


@pytest.mark.long
@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    ("path", "data", "most"),
    [
        ("/sms-service/claim", {"order": "A-1", "email": "nonsense"}, 30),
        ("{draft}/code/again", {}, 3),  # to a stranger, of a day
        ("{draft}/code", {"code": "1"}, 30),
        ("{link}/unlock", {}, 12),
        ("{link}/code", {"code": "1"}, 30),
        ("{draft}/remind", {}, 10),
        ("/sign-in", {"email": "nobody@example.com", "password": "x"}, 10),
        ("/sign-in/password", {"email": "nobody@example.com"}, 5),
    ],
)
def test_what_is_done_too_often_waits(counted, path, data, most):
    claim, draft = factories.claim(order_reference="Z-1"), factories.draft(confirmed=False)
    visitor = visitor_with(counted, drafts=[draft.reference])
    path = path.format(draft=f"/new/{draft.reference}", link=link(claim))
    token = visitor.token()
    for _ in range(most):
        answer = visitor.client.post(path, data=data | {"csrf_token": token})
        assert answer.status_code != 429
    before = but_what_is_logged(rows()) | {"limit_counts": None}
    page = visitor.post(path, data, status=429)
    # Six codes to one mailbox come before the page's own limit.
    assert page.h1 == ("Too many codes were sent" if path.endswith("again") else "Too many tries")
    assert int(page.response.headers["Retry-After"]) > 0
    # The try is counted, and nothing else kept but that a network was held back.
    assert but_what_is_logged(rows()) | {"limit_counts": None} == before
    visitor.client.get(path)


# --- headers


def expected_policy(endpoint):
    return headers.WIDER.get(endpoint, headers.POLICY)


FACES = {"faces.style", "faces.logo"}  # kept like files of static/: their address changes with them


@pytest.mark.long
def test_every_answer_carries_its_headers(app):
    claims = {name: make() for name, make in MAKERS.items() if name == "waiting"}
    visitor = visitor_with(app)
    for endpoint in ROUTES:
        answer = ask(app, visitor, endpoint, claims["waiting"], "GET")
        found = answer.headers
        if endpoint != "mailbox.html":
            wanted = headers.POLICY if answer.status_code == 405 else expected_policy(endpoint)
            assert found["Content-Security-Policy"] == wanted, endpoint
        assert found["X-Content-Type-Options"] == "nosniff"
        assert found["Referrer-Policy"] == "same-origin"
        assert found["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in found["Permissions-Policy"]
        if "static" not in endpoint and endpoint not in FACES:
            assert "no-store" in found["Cache-Control"], endpoint
            assert "HX-Request" in found["Vary"]


def test_only_the_page_that_needs_it_may_show_inline_pictures_and_frames():
    assert "data:" not in headers.POLICY
    assert "frame-src" not in headers.POLICY
    assert {name for name, policy in headers.WIDER.items() if "data:" in policy} == {
        "security.two_factor_setup"
    }
    assert {name for name, policy in headers.WIDER.items() if "frame-src" in policy} == {
        "mailbox.read"
    }


def test_a_failure_a_missing_page_and_a_body_too_big_carry_them_too(app):
    app.config["NOW"] = NOW
    visitor = Browser(app.test_client())
    app.view_functions["shops.policy"] = lambda shop: 1 / 0  # noqa: ARG005
    pages = [
        visitor.get("/no/such/page", status=404),
        visitor.get("/sms-service/policy", status=500),
        Page(
            visitor.client.post(
                "/sms-service/claim",
                data="order=" + "x" * 600_000,
                content_type="application/x-www-form-urlencoded",
            )
        ),
        visitor.post("/shops", {}, status=404),
    ]
    assert [page.status for page in pages] == [404, 500, 413, 404]
    assert [page.h1 for page in pages[:3]] == [
        "We cannot find that page",
        "Something went wrong on our side",
        "That is too big to send",
    ]
    for page in pages:
        assert page.response.headers["Content-Security-Policy"] == headers.POLICY
        assert page.response.headers["Cache-Control"] == "no-store"
        assert "ZeroDivision" not in page.body


def test_a_body_that_is_no_form_is_refused(app):
    visitor = visitor_with(app)
    token = {"X-CSRFToken": visitor.token()}
    answer = visitor.client.post("/sms-service/claim", json={"order": 1}, headers=token)
    assert answer.status_code == 415


# --- the installed portal


@pytest.fixture
def production(database, tmp_path):
    """The portal as it is deployed, but for its database."""
    settings = load_settings(
        database_url=database, evidence_folder=tmp_path / "evidence", **PRODUCTION
    )
    app = create_app(settings, RATELIMIT_ENABLED=False)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_in_production_there_is_no_mailbox_and_cookies_are_closed(production):
    client = production.test_client()
    place = {"base_url": "https://refunds.example.com"}
    for path in ("/mailbox", "/mailbox/1", "/mailbox/1/html"):
        assert client.get(path, **place).status_code == 404
    answer = client.get("/sms-service/claim", **place)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Cookie" in answer.headers["Vary"]


@pytest.mark.parametrize("host", ["evil.example", "refunds.example.com.evil.example", "127.0.0.1"])
def test_in_production_another_host_is_refused_in_words(production, host):
    answer = production.test_client().get("/sms-service/", base_url=f"https://{host}")
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


def test_the_link_to_a_new_password_names_the_portal_and_never_the_host_asked(app):
    factories.reviewer(email="mara@example.com", password=hash_password("correct horse battery"))
    client = app.test_client()
    place = {"base_url": "http://evil.localhost"}
    form = Page(client.get("/sign-in/password", **place)).fields
    answer = client.post("/sign-in/password", data=form | {"email": "mara@example.com"}, **place)
    assert answer.status_code == 200
    db.session.rollback()
    mails = db.session.execute(db.select(OutboxMail.text, OutboxMail.html)).all()
    assert mails
    for text, html in mails:
        assert "http://localhost/sign-in/password/" in text
        assert "http://localhost/sign-in/password/" in html
        assert "evil" not in text + html


@pytest.mark.one_in(25)
@pytest.mark.parametrize("elsewhere", FOREIGN)
def test_no_address_leads_to_another_site(app, elsewhere):
    claim = factories.claim(order_reference="Z-1")
    draft = factories.draft()
    person = factories.reviewer(password=HASH)
    query = {"next": elsewhere, "from": elsewhere, "to": elsewhere, "sends": elsewhere}
    visitor = visitor_with(app, drafts=[draft.reference], unlocked=[claim.reference], person=person)
    paths = [
        f"/new/{draft.reference}/reason",
        f"/new/{draft.reference}/result",
        f"/evidence/{draft.reference}",
        f"{link(claim)}/unlock",
        f"{link(claim)}/code",
        f"/evidence/{claim.reference}",
        "/sign-in",
        "/sign-in/code",
        "/sign-in/passkey",
        "/sign-in/code-again",
        "/sign-in/password",
        "/verify",
        "/review",
        f"/{claim.shop}/language",
    ]
    said = {"reason": "sms_not_received", "email": "a@b.example", "password": "x", "language": "en"}
    # As a header a browser sends nothing but what can be printed.
    whence = elsewhere if elsewhere.isascii() and elsewhere.isprintable() else "//evil.example"
    asks = [{}, {"HX-Request": "true", "HX-Current-URL": whence}, {"Referer": whence}]
    for path in paths:
        g.pop("_login_user", None)
        for method, sent in itertools.product(("GET", "POST"), asks):
            form = said | query | {"csrf_token": visitor.token()} if method == "POST" else None
            answer = visitor.client.open(
                path, method=method, query_string=query, data=form, headers=sent
            )
            assert answer.status_code < 500, (path, method)
            leads = (answer.headers.get(name, "") for name in LEADS)
            assert not [each for each in leads if not HERE.fullmatch(each)], (path, method)
            assert not re.search(r'(href|action|src|hx-\w+)="[^"?]*evil', answer.text), path


# --- files


@pytest.mark.parametrize("state", [EvidenceState.CHECKING, EvidenceState.REFUSED])
def test_a_file_that_is_not_clean_is_shown_to_nobody(app, state):
    view = {"role": "view", "key": "aa/bb", "media_type": "image/png", "size": 1}
    claim = factories.claim()
    file = factories.evidence(claim, state=state, views=[view])
    person = factories.reviewer()
    visitor = visitor_with(app, unlocked=[claim.reference], person=person)
    visitor.get(f"/evidence/{claim.reference}/{file.public_id}/view", status=404)
    visitor.get(f"/review/{claim.reference}/files/{file.public_id}/view", status=404)


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/javascript", ""])
def test_only_pictures_videos_and_documents_are_ever_given_out(app, kind):
    claim = factories.claim()
    file = factories.evidence(
        claim, views=[{"role": "view", "key": "aa/bb", "media_type": kind, "size": 1}]
    )
    visitor = visitor_with(app, unlocked=[claim.reference])
    visitor.get(f"/evidence/{claim.reference}/{file.public_id}/view", status=404)


def test_a_portal_that_serves_its_scripts_itself_names_no_third_party(database, tmp_path):
    app = portal_at(database, tmp_path, own_scripts=True)
    with within(app):
        page = Browser(app.test_client()).get("/numberplug/")
        (script,) = [each for each in page.all("script") if "htmx" in each.get("src")]
        assert script.get("src").startswith("/static/htmx.min.js?v=")
        assert script.get("integrity") == htmx.INTEGRITY
        policy = page.response.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "https:" not in policy
        assert htmx.URL not in page.body


def test_the_script_that_it_serves_is_the_one_that_the_cdn_has():
    digest = hashlib.sha384((ROOT / "static" / "htmx.min.js").read_bytes()).digest()
    assert f"sha384-{b64encode(digest).decode()}" == htmx.INTEGRITY
