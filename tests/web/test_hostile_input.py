"""Whatever is sent to any page, by whomever: an answer in words, never a failure of ours."""

import io
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from portal.claims.letters.links import status_token
from portal.extensions import db
from portal.money import Money
from tests import factories
from tests.factories import NOW
from tests.sizes import part
from tests.web.attacker import HASH, Attacker, address, pages, rule_of
from tests.web.hostile import KINDS, SCRIPT, VALUES, clean
from tests.web.routes import ANYONE, DRAFT, REVIEWER, ROUTES, UNLOCKED

# In each run on the database that refuses more (a zero character, a number of 33 bits), and on SQLite
# as well in the full one; what is read as no form at all reaches neither.
STRICT = pytest.mark.daily_on("postgres")
UNREAD = pytest.mark.daily_on("sqlite")

# What is read as a policy, in a process of its own each time.
POLICIES = {
    "drafting.text", "rules.change", "rules.add", "rules.remove", "rules.move", "rules.expect",
    "rules.add_examples",
}  # fmt: skip

# What an attacker may put into an address besides its path.
QUERIES = ("next", "from", "to", "about", "seen", "after", "before", "status", "q", "shop",
           "reason", "outcome", "sent", "waiting", "method", "v", "claim",
           "ticked")  # fmt: skip

BODIES = (
    (b"", "application/x-www-form-urlencoded"),
    (b"seen=%ff%fe&order=%c3%28&email=%ed%a0%80", "application/x-www-form-urlencoded"),
    (b"&&&===&=&%&%zz", "application/x-www-form-urlencoded"),
    (b"order=1&order=2&email=a@b.example&email=c@d.example&reason=a&reason=b&code=1&code=2",
     "application/x-www-form-urlencoded"),
    (b"a=1&" * 100_000, "application/x-www-form-urlencoded"),
    (b'{"email": 1, "password": [], "code": {}, "order": null}', "application/json"),
    (b"[1, 2]", "application/json"),
    (b"17", "application/json"),
    (b'"text"', "application/json"),
    (b"{", "application/json"),
    (b"\xff\xfe", "application/json"),
    (b"no boundary", "multipart/form-data"),
    (b"--x\r\n", "multipart/form-data; boundary=x"),
    (b"--x\r\nContent-Disposition: form-data\r\n\r\nno name\r\n--x--", "multipart/form-data; boundary=x"),
    (b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n\xff\xfe\r\n--x--\r\n',
     "multipart/form-data; boundary=x"),
    (b'--x\r\nContent-Disposition: form-data; name="email"; filename="e"\r\n\r\nq\r\n--x--\r\n',
     "multipart/form-data; boundary=x"),
    (b"".join(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' for _ in range(300))
     + b"--x--", "multipart/form-data; boundary=x"),
    (b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "application/xml"),
    (b"plain", "text/plain"),
    (b"order=1", "nonsense"),
)  # fmt: skip

# In each run every second route without a form has a hostile address, and of those whose form is
# hostile then every sixth; every fifth gets a body that is no form, which is read before any route.
ADDRESSED = [
    *part([endpoint for endpoint, (*_, names) in ROUTES.items() if not names], 0, every=2),
    *part([endpoint for endpoint, (*_, names) in ROUTES.items() if names], 0, every=6),
]
BODIED = part(
    [e for e in ROUTES if e not in {"static", "security.static", "shops.home"}], 0, every=5
)

# The part of them that a piece of a path can hold.
NAMES = ("\x00", "a\x00b", "\ud800", "\u202egnp.exe", "x" * 5000, "9" * 5000,
         "9223372036854775808", "-1", "٤٢", SCRIPT, "../../etc/passwd", "..", "0")  # fmt: skip


# The pages that read something there.
READERS = {
    "reviewer.queue",
    "reviewer.claim",
    "mailbox.index",
    "opening.begin",
    "evidence.files",
    "filing.reason",
    "claim.show",
    "claim.unlock",
    "security.login",
    "static",
}


def paths(rule, good, place):
    """The address with every part right, and with each of its parts hostile."""
    yield address(rule, good)
    for name in rule.arguments:
        for value in part(NAMES, place, every=3):
            text = value.encode("utf-8", "surrogatepass")
            yield address(rule, good | {name: quote(text, safe="") or "%20"})
        yield address(rule, good | {name: "%ff%fe%c3%28"})


def test_every_route_is_attacked(app):
    assert {rule.endpoint for rule in pages(app)} == set(ROUTES)


@pytest.mark.one_in(6)
@STRICT
@pytest.mark.exhaustive
@pytest.mark.parametrize("endpoint", ADDRESSED)
def test_a_hostile_address_is_answered_in_words(app, endpoint):
    role, about, _ = ROUTES[endpoint]
    rule = rule_of(app, endpoint)
    attacker = Attacker(app, role, about)
    method = "GET" if "GET" in rule.methods else "POST"
    place = list(ROUTES).index(endpoint)
    for path in paths(rule, attacker.good, place):
        attacker.send(path, method=method)
    attacker.stand()
    plain = address(rule, attacker.good)
    values = VALUES if endpoint in READERS else VALUES[::6]
    for value in part(values, place, every=8):
        query = "&".join(f"{name}={quote(clean(value))}" for name in QUERIES)
        fragment = {"HX-Request": "true"} if value in NAMES else {}
        attacker.send(f"{plain}?{query}", method=method, headers=fragment)
    attacker.send(
        f"{plain}?seen=%ff&q=%c3%28&after=%00&shop=a&shop=b&%zz&=&next=%ff", method=method
    )


@pytest.mark.one_in(6)
@STRICT
@pytest.mark.exhaustive
@pytest.mark.parametrize("endpoint", [e for e, row in ROUTES.items() if row[2]])
def test_a_hostile_field_is_answered_in_words(app, endpoint):
    role, about, names = ROUTES[endpoint]
    rule = rule_of(app, endpoint)
    attacker = Attacker(app, role, about)
    values = KINDS if endpoint in POLICIES else VALUES
    for value in part(values, list(ROUTES).index(endpoint), every=13):
        attacker.stand()
        fields = attacker.seen | dict.fromkeys(names.split(), clean(value))
        body = "&".join(f"{quote(name)}={quote(text)}" for name, text in fields.items())
        attacker.send(
            address(rule, attacker.good),
            method="POST",
            data=body,
            content_type="application/x-www-form-urlencoded",
        )


@pytest.mark.one_in(10)
@UNREAD
@pytest.mark.exhaustive
@pytest.mark.parametrize("endpoint", BODIED)
def test_a_body_that_is_no_form_is_answered_in_words(app, endpoint):
    role, about, _ = ROUTES[endpoint]
    rule = rule_of(app, endpoint)
    attacker = Attacker(app, role, about)
    place = list(ROUTES).index(endpoint)
    some = part(BODIES, place, every=8)
    for body, kind in some if "POST" in rule.methods else BODIES[:1]:
        attacker.stand()
        path = address(rule, attacker.good)
        attacker.send(path, method="POST", data=body, content_type=kind)
    for method in part(("HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"), place, every=3):
        attacker.stand()
        attacker.send(address(rule, attacker.good), method=method)


@pytest.mark.one_in(4)
@UNREAD
@pytest.mark.exhaustive
@pytest.mark.parametrize("role", [ANYONE, DRAFT, UNLOCKED, REVIEWER])
def test_nobody_finds_a_page_that_fails(app, role):
    """Each role at each address, where most are not meant for it."""
    attacker = Attacker(app, role, "waiting")
    for rule in pages(app):
        path = address(rule, attacker.good)
        for method in sorted(rule.methods & {"GET", "POST"}):
            attacker.send(path, method=method)
            attacker.stand()


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    "name",
    ["", "\x00", "a\x00.png", "\u202egnp.exe", "../../x", "x" * 5000, SCRIPT, "a\r\nb", "CON"],
)
@pytest.mark.parametrize("bytes_", [b"\x89PNG\r\n\x1a\n", SCRIPT.encode(), b"\x00" * 100])
def test_a_hostile_file_name_is_answered_in_words(app, name, bytes_):
    attacker = Attacker(app, DRAFT, "draft")
    path = f"/evidence/{attacker.good['reference']}"
    attacker.send(path, method="POST", data={"files": (io.BytesIO(bytes_), name)},
                  content_type="multipart/form-data")  # fmt: skip
    attacker.send(path)


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "session=nonsense; __Host-session=\xff"},
        {"Cookie": "session=" + "A" * 5000},
        {"Range": "bytes=-1--5"},
        {"Range": "bytes=9999999999999999999999-"},
        {"Range": "cats=1-2"},
        {"If-None-Match": "\x01", "If-Modified-Since": "yesterday"},
        {"HX-Request": "true", "HX-Target": SCRIPT, "HX-Current-URL": "javascript:1"},
        {"Accept": "application/json"},
        {"Accept-Language": "x" * 2000},
        {"X-Forwarded-For": "'; --", "X-Forwarded-Host": "evil.example"},
        {"Content-Type": "multipart/form-data; boundary="},
    ],
)
def test_hostile_headers_are_answered_in_words(app, headers):
    attacker = Attacker(app, DRAFT, "draft")
    for endpoint in ("shops.start", "opening.begin", "filing.result", "evidence.view", "static",
                     "security.login", "reviewer.queue"):  # fmt: skip
        attacker.send(address(rule_of(app, endpoint), attacker.good), headers=headers)


# --- rows of the shop's logs


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    "row",
    [
        {"service": SCRIPT, "country": '"><b>', "reference": "A-1001"},
        {"service": "", "country": ""},
        {"service": "x" * 120, "country": "{{ 7*7 }}"},
        {"price_minor": 10**17 - 1},
        {"price_minor": 2**63 - 1, "price_currency": "ETH"},
        {"price_minor": 0},
        {"price_currency": "JPY"},
        {"ordered_at": datetime(1970, 1, 1, tzinfo=UTC), "expires_at": datetime(1970, 1, 1, tzinfo=UTC)},
        {"ordered_at": datetime(2999, 12, 31, tzinfo=UTC), "expires_at": datetime(2999, 12, 31, tzinfo=UTC)},
        {"ordered_at": datetime(1970, 1, 1, tzinfo=UTC), "expires_at": datetime(2999, 12, 31, tzinfo=UTC)},
        {"price_minor": None, "price_currency": None, "service": None, "kind": None,
         "ordered_at": None, "expires_at": None, "revealed_at": None, "messages_known": False},
    ],
)  # fmt: skip
def test_any_row_of_the_logs_is_shown_on_every_page(app, row):
    shop = "client-numbers" if row.get("price_minor") else "sms-service"
    factories.account(shop=shop)
    messages = [(NOW - timedelta(minutes=50), row.get("service") or "")]
    if row.get("ordered_at"):
        messages.append((row["ordered_at"], "\u202e<i>"))
    factories.order(shop=shop, messages=messages, **row)
    asked_for = Money(50, factories.policy(shop).shop.currency)
    see_everything(app, factories.draft(shop=shop, reason="sms_not_received", asked=asked_for))


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    ("amount", "currency", "at"),
    [
        (10**17 - 1, "USD", NOW),
        (2**63 - 1, "ETH", NOW),
        (1, "JPY", datetime(1970, 1, 1, tzinfo=UTC)),
        (1, "USD", datetime(2999, 1, 1, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("reason", ["unused_balance", "accidental_top_up"])
def test_any_balance_of_the_logs_is_shown_on_every_page(app, amount, currency, at, reason):
    factories.account()
    for _ in range(2):
        factories.top_up(amount_minor=amount, currency=currency, at=at, method=SCRIPT)
    factories.purchase(amount_minor=1, currency=currency, at=at, activated=None)
    see_everything(app, factories.draft(order_reference="", reason=reason))


def see_everything(app, draft):
    """Look at a draft on all of its pages, send it, and look at it as its owner and as a reviewer."""
    attacker = Attacker(app, DRAFT, None)
    reference = draft.reference
    with attacker.browser.client.session_transaction() as session:
        session["drafts"] = [reference]
    for page in ("order", "reason", "result", "payout/iban"):
        attacker.send(f"/new/{reference}/{page}")
    attacker.send(f"/new/{reference}/remind", method="POST")
    attacker.send(f"/new/{reference}/result", method="POST", data={"way": "balance"})
    attacker.send(f"/claims/{reference}/{status_token(reference)}")
    attacker.role = REVIEWER
    attacker.stand()
    for path in ("/review", "/review?status=all", f"/review?q={reference}", f"/review/{reference}",
                 "/mailbox"):  # fmt: skip
        attacker.send(path)


@pytest.mark.parametrize("count", [1, 200])
def test_a_long_story_costs_no_more_statements(app, statements, count):
    factories.account()
    messages = [(NOW - timedelta(minutes=50, seconds=n), f"Sender {n}") for n in range(count)]
    factories.order(messages=messages)
    draft = factories.draft(reason="wrong_code")
    attacker = Attacker(app, DRAFT, None)
    with attacker.browser.client.session_transaction() as session:
        session["drafts"] = [draft.reference]
    spent = []
    for page in ("reason", "result"):
        db.session.rollback()
        del statements[:]
        attacker.send(f"/new/{draft.reference}/{page}")
        spent.append(len(statements))
    assert spent == [5, 4]


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", ["after", "before"])
@pytest.mark.parametrize("cursor", ["0001-01-01T00:00:00+23:59~1", "9999-12-31T23:59:59-23:59~1",
                                    "~999999999999999999", "~-1", "2026-01-01~1", "~²", "1~1"])  # fmt: skip
def test_a_made_up_cursor_is_no_failure(app, name, cursor):
    attacker = Attacker(app, REVIEWER, None)
    for view in ("decide", "all", "paid"):
        attacker.send(f"/review?status={view}&{name}={quote(cursor)}")


@pytest.mark.one_in(3)
@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59", "2999-12-31T23:59"])
def test_a_moment_far_away_is_no_failure(app, moment):
    attacker = Attacker(app, REVIEWER, "approved")
    path = f"/review/{attacker.good['reference']}"
    fields = attacker.seen | {"extend-until": moment, "extend-reason": "so"}
    attacker.send(f"{path}/extend", method="POST", data=fields)
    attacker.send(path)
    attacker.send(f"/claims/{attacker.good['reference']}/{attacker.good['token']}")
    attacker.send("/review?status=all")


@pytest.mark.parametrize("password", ["\x00", "a\x00" * 10, "x" * 100_000, "\ud800", ""])
def test_a_hostile_password_of_somebody_who_works_here_is_answered_in_words(app, password):
    attacker = Attacker(app, REVIEWER, None)
    email = factories.reviewer(password=HASH).email
    other = Attacker(app, ANYONE, None)
    for page in ("/sign-in", "/verify"):
        for who in (attacker, other):
            body = f"email={quote(email)}&password={quote(clean(password))}"
            who.send(page, method="POST", data=body,
                     content_type="application/x-www-form-urlencoded")  # fmt: skip
