"""What is told to nobody: whose order it is, codes, payout details, card numbers."""

import re
from datetime import timedelta

import pytest
from flask import g

from portal.extensions import db
from portal.mail.models import OutboxMail
from tests import factories
from tests.conftest import NOW
from tests.web.attacker import rows, visitor_with
from tests.web.makers import MAKERS
from tests.web.steps.journeys import asked, code_for, drafted, link, picture

CARD = "4111 1111 1111 1111"
IBAN = "DE89370400440532013000"

# --- what an order number tells


def walk(app, statements, *, order, email):
    """What somebody sees and causes who names this order: before the code, and after it."""
    visitor, seen = visitor_with(app), []
    reference = None

    def look(method, path, data=None):
        nonlocal reference
        g.pop("csrf_token", None)
        data = (data or {}) | {"csrf_token": visitor.token()} if method == "POST" else None
        db.session.rollback()
        del statements[:]
        answer = visitor.client.open(path, method=method, data=data)
        count = len(statements)
        where = answer.headers.get("Location", "")
        reference = reference or (where.split("/")[2] if where else None)
        words = f"{answer.status} {where} {answer.text}"
        for secret in (reference, order, email, answer.headers.get("X-CSRF", "")):
            words = words.replace(secret, "…") if secret else words
        words = re.sub(r'name="csrf_token"[^>]*value="[^"]*"', "", words)
        seen.append((method, path.replace(reference or "", "…"), words, count))

    look("GET", "/sms-service/claim")
    look("POST", "/sms-service/claim", {"order": order, "email": email})
    look("GET", f"/new/{reference}/code")
    look("POST", f"/new/{reference}/code", {"code": "0"})
    look("POST", f"/new/{reference}/code/again")
    look("POST", f"/new/{reference}/code", {"code": code_for(email)})
    look("GET", f"/new/{reference}/reason")
    look("POST", f"/new/{reference}/reason", {"reason": "sms_not_received"})
    look("POST", f"/new/{reference}/reason", {"reason": "sms_not_received", "description": "Y"})
    look("GET", f"/new/{reference}/result")
    db.session.rollback()
    mails = db.select(OutboxMail.event, OutboxMail.subject).where(OutboxMail.recipient == email)
    return seen, db.session.execute(mails).all()


def test_an_order_number_tells_a_stranger_nothing_before_the_code_and_after_it(app, statements):
    factories.account()
    factories.order()
    factories.claim()  # its holder's, and open
    there = walk(app, statements, order=factories.ORDER, email="thief@example.com")
    gone = walk(app, statements, order="A-9999", email="other@example.com")
    for step, same in zip(there[0], gone[0], strict=True):
        assert step == same
    assert len(there[1]) == len(gone[1]) == 2


# --- codes


def test_a_wrong_a_used_and_an_old_code_open_nothing(app, visitor):
    claim = factories.claim()
    url = link(claim)
    visitor.post(f"{url}/unlock")
    code = code_for(claim.email)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    refused = visitor.post(f"{url}/code", {"code": wrong}, status=422)
    assert refused.errors == [
        "This code is wrong. Check the digits. After five wrong tries it is used up"
    ]
    visitor.post(f"{url}/code", {"code": code})
    stranger = visitor_with(app)
    assert stranger.post(f"{url}/code", {"code": code}, status=422).errors == [
        "This code was used already, and each works once. Ask for a new one"
    ]
    visitor.post(f"{url}/unlock")
    code = code_for(claim.email)
    app.config["NOW"] = NOW + timedelta(minutes=10)
    assert stranger.post(f"{url}/code", {"code": code}, status=422).errors == [
        "This code has expired: it was good for 10 minutes. Ask for a new one"
    ]
    app.config["NOW"] = NOW
    for _ in range(5):
        stranger.post(
            f"{url}/code", {"code": "000000" if code != "000000" else "000001"}, status=422
        )
    assert stranger.post(f"{url}/code", {"code": code}, status=422).errors == [
        "This code is used up, after five wrong tries. Ask for a new one"
    ]
    assert stranger.get(f"{url}/withdraw", status=303).location == f"{url}/unlock?to=withdraw"


def test_one_mailbox_gets_six_codes_an_hour_however_its_address_is_written(app):
    spellings = ("kim.lee@example.com", "KIM.LEE@Example.com", "kim.lee+1@example.com",
                 "kimlee@example.com", "kim.lee+two@EXAMPLE.com", "k.i.m.lee@example.com")  # fmt: skip
    for spelling in spellings:
        visitor_with(app).post("/sms-service/claim", {"order": "A-1", "email": spelling})
    before = rows()
    for spelling in ("kim.lee+9@example.com", "kim.lee@example.com"):
        page = visitor_with(app).post(
            "/sms-service/claim", {"order": "A-1", "email": spelling}, status=429
        )
        assert page.h1 == "Too many codes were sent"
        assert page.response.headers["Retry-After"] == "3600"
    assert rows() == before


def test_a_code_is_for_the_address_it_was_sent_to(app, visitor):
    reference = None
    page = visitor.post("/sms-service/claim", {"order": "A-1", "email": "kim+a@example.com"})
    reference = page.location.split("/")[2]
    code = code_for("kim+a@example.com")
    visitor.post(f"/new/{reference}/order", {"order": "A-1", "email": "kim@example.com"})
    visitor.post(f"/new/{reference}/code", {"code": code}, status=422)
    visitor.post(f"/new/{reference}/code", {"code": code_for("kim@example.com")})


# --- secrets


def test_payout_details_are_nowhere_in_clear(app, visitor, tmp_path, capfd):
    draft = MAKERS["payable"]()
    visitor = visitor_with(app, drafts=[draft.reference])
    typed = {"holder": "Wilhelmina Quux", "iban": IBAN, "bic": "COBADEFFXXX", "bank": "Bank"}
    visitor.post(f"/new/{draft.reference}/payout/iban", typed)
    # Before it is sent, and to nobody else, they are shown in full, to be checked.
    assert "DE89 3704 0044 0532 0130 00" in visitor.get(f"/new/{draft.reference}/result").text()
    pages = []
    visitor.post(f"/new/{draft.reference}/result", {"way": "iban"})
    pages.append(visitor.get(link(draft)).body)
    reviewer = visitor_with(app, person=factories.reviewer())
    pages.append(reviewer.get(f"/review/{draft.reference}").body)
    pages.append(reviewer.get("/review?status=all").body)
    assert "3000" in pages[0]
    everything = "\n".join(pages) + "\n".join(row for table in rows().values() for row in table)
    logged = capfd.readouterr()
    everything += logged.out + logged.err
    for file in tmp_path.rglob("*"):
        if file.is_file():
            everything += file.read_bytes().decode("latin-1")
    for secret in (IBAN, "370400440532013000", "Wilhelmina", "Quux", "COBADEFF"):
        assert secret not in everything


FREE_TEXT = [
    ("{draft}/reason", "description", {"reason": "sms_not_received", "shown": "sms_not_received"}),
    ("{service}/answer", "service_name", {}),
    ("{declined}/appeal/text", "text", {}),
    ("{asked}/answer", "description", {}),
    ("{review}/decline", "decline-text", {"decline-clause": "SS-N3", "decline-override": "x"}),
    ("{review}/decline", "decline-internal", {"decline-clause": "SS-N3", "decline-text": "x"}),
    ("{review}/decline", "decline-override", {"decline-clause": "SS-N3", "decline-text": "x"}),
    ("{review}/approve", "approve-override", {"approve-amount": "0.50"}),
    ("{review}/approve", "approve-internal", {"approve-amount": "0.50", "approve-override": "x"}),
    ("{review}/ask", "ask-note", {"ask-missing": "claim.evidence"}),
    ("{review}/findings/claim_verified", "claim_verified-internal",
     {"claim_verified-value": "yes"}),
]  # fmt: skip


@pytest.mark.one_in(3)
@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize(("path", "field", "rest"), FREE_TEXT)
def test_a_card_number_is_refused_in_every_free_text(app, path, field, rest):
    make = {
        "draft": factories.draft,
        "declined": MAKERS["appealing"],
        "asked": lambda: asked(["claim.description"]),
        "service": lambda: asked(["claim.service_name"]),
        "review": lambda: factories.claim(reason="wrong_code"),
    }
    kind = path[1:].partition("}")[0]
    claim = make[kind]()
    visitor = visitor_with(app, drafts=[claim.reference], unlocked=[claim.reference],
                      person=factories.reviewer(may_pay=True))  # fmt: skip
    g.pop("_login_user", None)
    place = {"draft": f"/new/{claim.reference}", "review": f"/review/{claim.reference}"}
    url = path.replace(f"{{{kind}}}", place.get(kind) or link(claim))
    seen = {f"{field.rpartition('-')[0]}-seen": str(claim.version)} if "-" in field else {}
    page = visitor.post(url, rest | seen | {field: f"Mine is {CARD}."}, status=422)
    assert any("Take the card number out" in error for error in page.errors), page.errors
    assert "1111" not in page.body
    assert "1111 1111" not in str(rows())


def test_a_card_number_in_a_files_name_is_not_kept(app, visitor):
    reference = drafted(visitor)
    visitor.post(f"/evidence/{reference}", {"files": [picture(f"{CARD}.png")]})
    assert "1111 1111" not in str(rows())
