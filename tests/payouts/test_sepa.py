"""The bank's file: valid for names in every script, the same each time; what the bank says is read back."""

import itertools
import unicodedata
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from sqlalchemy import select

from portal.claims.lifecycle import Status
from portal.claims.payout.details import PayoutDetails
from portal.claims.payout.fields import Method
from portal.claims.verbs import mending
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import FailedKind, PayoutState, Rail
from portal.ledger.runs import PayoutRun
from portal.money import Money
from portal.payouts import paying, releasing, runs
from portal.payouts.rails.pain001 import schema
from portal.payouts.rails.rail import Became, Instruction, RailAnswer, RailRefused
from portal.payouts.rails.sepa import Debtor, SepaRail, plain
from portal.payouts.setting import RailNotSet
from portal.payouts.settling.lines import CameTo
from portal.payouts.verifying import verify
from tests import factories
from tests.conftest import NOW
from tests.payouts.bank import camt, pain002
from tests.payouts.runs import (
    ACCOUNT,
    BY_BANK,
    IBAN,
    answered,
    made,
    owed_to_iban,
    payer,
    payout,
    pays_by,
    person,
    policies,
    released,
    stored,
)

SHOP = factories.SHOP
RUN = "PR-01JD8Z0000000000000000000A"
AT = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
NAMES = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.11}"
LATER = NOW + timedelta(days=2)


def rail(**given):
    return SepaRail(
        Debtor(*(({**ACCOUNT, **given})[each] for each in ("name", "iban", "bic"))), RUN, AT
    )


def instruction(number, holder, *, amount=1250, bic="", currency="EUR"):
    return Instruction(
        key=f"PO-{number:026d}",
        claim="7K3F-9QXM",
        shop=SHOP,
        shop_name="Klient & Nummern Ø",
        amount=Money(amount, currency),
        email="kim@example.com",
        payee=PayoutDetails(Method.IBAN, holder=holder, iban=IBAN, bic=bic),
    )


def scripts():
    """A name in each script of Unicode: six letters of it, with a space between."""
    found = {}
    for sign in map(chr, range(0x80, 0x1FFFF)):
        if unicodedata.category(sign) in {"Lu", "Ll", "Lo"}:
            found.setdefault(unicodedata.name(sign, "none").split()[0], []).append(sign)
    for letters in found.values():
        for start in range(0, min(len(letters), 60), 6):
            yield f"{''.join(letters[start : start + 3])} {''.join(letters[start + 3 : start + 6])}".strip()


HOSTILE = ("<&>\"'", "]]>", "=1+1", "\u202egnp", "😀", "x" * 300, "Ana\nBo", "ß" * 70, "\U0001e900",
           "José Núñez", "Владимир", "김민준", "王小明", "عبد الله", "ศรีสุดา", "Ὀδυσσεύς")  # fmt: skip


@pytest.mark.long
def test_a_thousand_payouts_with_names_in_every_script_validate():
    every = list(scripts())
    assert len(every) > 300
    names = list(itertools.islice(itertools.cycle([*HOSTILE, *every]), max(1000, len(every))))
    data = rail().prepare(instruction(n, name) for n, name in enumerate(names))
    schema().validate(data.decode())
    written = [each.text for each in ET.fromstring(data).iter(f"{NAMES}Cdtr")]
    told = [each.find(f"{NAMES}Nm").text for each in ET.fromstring(data).iter(f"{NAMES}Cdtr")]
    assert (len(written), len(told)) == (len(names), len(names))
    assert all(name and name == plain(name) and len(name) <= 70 for name in told)


def test_names_are_spelt_in_the_signs_that_every_bank_takes():
    assert [plain(each) for each in ("José Núñez", "Владимир", "王小明", "Straße & Söhne", "ﬁ ½")] == [
        "Jose Nunez", "Vladimir", "Wang Xiao Ming", "Strasse Sohne", "fi 1/2"]  # fmt: skip


def test_the_file_says_who_pays_whom_how_much_and_under_which_key():
    data = rail().prepare(
        [instruction(1, "Ana Díaz", bic="DEUTDEFF"), instruction(2, "Bo", amount=5)]
    )
    root = ET.fromstring(data)

    def texts(name):
        return [each.text for each in root.iter(f"{NAMES}{name}")]

    assert texts("MsgId") == [RUN]
    assert texts("CreDtTm") == ["2026-03-04T10:00:00Z"]
    assert texts("EndToEndId") == [f"PO-{1:026d}", f"PO-{2:026d}"]
    assert texts("InstdAmt") == ["12.50", "0.05"]
    assert texts("CtrlSum") == ["12.55", "12.55"]
    assert texts("Nm") == ["Numero GmbH", "Numero GmbH", "Ana Diaz", "Bo"]
    assert texts("IBAN") == [ACCOUNT["iban"], IBAN, IBAN]
    assert texts("BICFI") == ["COBADEFFXXX", "DEUTDEFF"]
    assert texts("Ustrd") == ["Klient Nummern O 7K3F-9QXM"] * 2
    assert data == rail().prepare(
        [instruction(1, "Ana Díaz", bic="DEUTDEFF"), instruction(2, "Bo", amount=5)]
    )


def test_another_currency_goes_as_an_ordinary_transfer():
    dollars = SepaRail(Debtor(*ACCOUNT.values()), RUN, AT, "USD")
    root = ET.fromstring(dollars.prepare([instruction(1, "Ana", currency="USD")]))
    assert [each.attrib for each in root.iter(f"{NAMES}InstdAmt")] == [{"Ccy": "USD"}]
    assert [each.text for each in root.iter(f"{NAMES}ChrgBr")] == ["SHAR"]
    assert list(root.iter(f"{NAMES}SvcLvl")) == []


def test_what_no_bank_carries_is_refused():
    for currency in ("USDT", "BTC", "JPY", "KWD"):
        with pytest.raises(RailRefused):
            SepaRail(Debtor(*ACCOUNT.values()), RUN, AT, currency).check(
                instruction(1, "Ana", currency=currency)
            )
    with pytest.raises(RailRefused):
        rail().prepare([Instruction("PO-1", "C", SHOP, "S", Money(1, "EUR"), "kim@example.com")])
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        schema().validate(rail().prepare([instruction(1, "A")]).decode().replace("EUR", "eur"))


@pytest.mark.parametrize(
    ("given", "field"),
    [({"name": "😀"}, "name"), ({"name": ""}, "name"), ({"iban": "DE1"}, "iban"), ({"bic": "X"}, "bic")],
)  # fmt: skip
def test_an_account_that_cannot_pay_is_refused_with_the_field(app, given, field):
    with pytest.raises(RailNotSet) as refused:
        pays_by(Rail.SEPA, SHOP, **{**ACCOUNT, **given})
    assert refused.value.field == field


# --- what the bank says


def read(data):
    return list(rail().read_answers(data))


def test_a_status_report_says_what_was_accepted_and_what_was_not():
    assert read(pain002(RUN, ("PO-A", "ACSC", ""), ("PO-B", "RJCT", "AC04"), ("PO-C", "ACTC", ""),
                        ("PO-D", "RJCT", "AM04"), ("PO-E", "RJCT", "AM05"))) == [
        ("PO-A", RailAnswer(Became.PAID, reference="PO-A")),
        ("PO-B", RailAnswer(Became.FAILED, kind=FailedKind.FIXABLE, detail="The account is closed (AC04)")),
        ("PO-C", RailAnswer(Became.PENDING, reference="PO-C")),
        ("PO-D", RailAnswer(Became.FAILED, kind=FailedKind.WAIT, detail="There was too little on our account (AM04)")),
        ("PO-E", RailAnswer(Became.UNKNOWN, detail="The bank sent it back (AM05)")),
    ]  # fmt: skip


def test_a_refusal_of_the_whole_file_is_said_of_the_run():
    assert read(pain002(RUN, group="RJCT", reason="AM04")) == [
        (RUN, RailAnswer(Became.FAILED, kind=FailedKind.WAIT, detail="There was too little on our account (AM04)"))
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["camt.053", "camt.054"])
def test_a_statement_says_what_was_booked_and_what_came_back(kind):
    assert read(camt(kind, ("PO-A", "DBIT", "12.50", "", "BOOK"), ("PO-B", "CRDT", "3.00", "AC04", "BOOK"),
                     ("PO-C", "DBIT", "1.00", "", "PDNG"))) == [
        ("PO-A", RailAnswer(Became.PAID, reference="ASR-PO-A", amount=Money(1250, "EUR"))),
        ("PO-B", RailAnswer(Became.FAILED, kind=FailedKind.FIXABLE, detail="The account is closed (AC04): Konto erloschen",
                            amount=Money(300, "EUR"))),
    ]  # fmt: skip


BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>"""


@pytest.mark.parametrize("data", [b"", b"x", b"<a/>", b"<a><b/></a>", BOMB, b"\xff\xfe<", b"\x00"])
def test_any_other_file_is_refused_in_words(data):
    with pytest.raises(RailRefused) as refused:
        read(data)
    assert "pain.002, camt.053 or camt.054" in str(refused.value)


def settle(data):
    """The file is read on the page of the shop's first run, whichever run it tells of."""
    key = db.session.scalars(select(PayoutRun.key).order_by(PayoutRun.id)).first()
    came = answered(key, rail().read_answers(data), payer(), at=LATER)
    return [(claim, what) for claim, what, _why in came]


@pytest.fixture
def sent(app, monkeypatch):
    """Three payouts that a bank has the file of; the run's key and the claims."""
    pays_by(Rail.SEPA, SHOP, **ACCOUNT)
    claims = [owed_to_iban(name) for name in ("Ana Díaz", "Bo", "Владимир")]
    key = made(BY_BANK, payer())
    released(key, payer())
    return key, claims


def test_a_run_goes_to_the_bank_and_its_statement_settles_it(sent):
    key, claims = sent
    keys = [payout(each).key for each in claims]
    data = releasing.file_of(runs.run_of(key))
    schema().validate(data.decode())
    assert [each.text for each in ET.fromstring(data).iter(f"{NAMES}EndToEndId")] == keys
    assert settle(pain002(key, *((each, "ACCP", "") for each in keys))) == [
        (claim, CameTo.PENDING) for claim in claims
    ]
    day = camt("camt.053", (keys[0], "DBIT", "0.50", "", "BOOK"), (keys[1], "DBIT", "0.50", "", "BOOK"),
               (keys[1], "CRDT", "0.50", "AC04", "BOOK"), (keys[2], "DBIT", "1.00", "", "BOOK"), currency="USD")  # fmt: skip
    assert settle(day) == [
        (claims[0], CameTo.PAID),
        (claims[1], CameTo.PAID),
        (claims[1], CameTo.BACK),
        (claims[2], CameTo.LOOK),
    ]
    assert (stored(claims[0]).status, payout(claims[0]).payer_reference) == (
        Status.PAID,
        f"ASR-{keys[0]}",
    )
    assert payout(claims[2]).state is PayoutState.SENT
    assert [came for _, came in settle(day)] == [
        CameTo.KNOWN,
        CameTo.KNOWN,
        CameTo.KNOWN,
        CameTo.LOOK,
    ]
    assert list(verify()) == []


def test_what_the_bank_paid_after_all_of_what_goes_elsewhere_by_now_is_shown_and_not_paid_twice(
    sent,
):
    _, (claim, *_) = sent
    pia = payer()
    said = {"at": LATER, "policy": factories.policy()}
    with transaction():
        row, by = stored(claim), person(pia)
        paying.mark_failed(row, reason="Nothing came.", by=by, seen=row.version, **said)
    with transaction():
        to = PayoutDetails(Method.PAYPAL, email="kim@example.com")
        mending.change_payee(stored(claim), details=to, **said)
    late = camt("camt.053", (payout(claim).key, "DBIT", "0.50", "", "BOOK"), currency="USD")
    assert settle(late) == [(claim, CameTo.LOOK)]
    found = payout(claim)
    assert (found.rail, found.state, found.held[-1]) == (Rail.MANUAL, PayoutState.HELD, {
        "kind": "told",
        "text": f"An earlier try of it was paid (ASR-{found.key}): see that it is not paid twice.",
    })  # fmt: skip
    held = found.held
    assert (settle(late), payout(claim).held) == ([(claim, CameTo.LOOK)], held)
    assert settle(pain002("PR-1", (found.key, "RJCT", "AC04"))) == [("", CameTo.STRANGE)]


def test_a_file_that_the_bank_refuses_is_due_again_for_another_run(sent):
    key, claims = sent
    assert settle(pain002(key, group="RJCT", reason="AM04")) == [
        (claim, CameTo.AGAIN) for claim in claims
    ]
    assert settle(pain002(key, group="RJCT", reason="AM04")) == []
    (lot,) = runs.due_lots(policies=policies(), at=LATER)
    assert (lot.lot, lot.count) == (BY_BANK, 3)
    second = made(BY_BANK, payer(), at=LATER)
    released(second, payer(), at=LATER)
    told = [each.text for each in ET.fromstring(releasing.file_of(runs.run_of(second))).iter(f"{NAMES}EndToEndId")]  # fmt: skip
    assert told == [f"P2-{payout(each).key[3:]}" for each in claims]
