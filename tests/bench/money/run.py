"""A payout run of 10,000 payouts to a bank's file: made, released, sealed, settled; beside the bare package.

python -m tests.bench.money.run [PAYOUTS]
"""

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sepaxml import SepaTransfer
from sqlalchemy import insert, select

from portal.app import create_app
from portal.claims.models import Claim, StoredDecision
from portal.claims.payout.details import read
from portal.claims.payout.payee import digest_of, name_payee
from portal.config.settings import load_settings
from portal.database import transaction
from portal.events.ulids import key_at
from portal.extensions import Base, db
from portal.ledger.entries import LedgerEntry
from portal.ledger.payout import Payout, Rail
from portal.ledger.settlings import Settling
from portal.payouts import releasing, runs
from portal.payouts.instructing import instruct, rail_of
from portal.payouts.rails.pain001 import VERSION
from portal.payouts.settling import lots
from portal.payouts.settling.lines import CameTo
from portal.people.reviewers import Reviewer
from portal.versions.registry import policies
from tests.payouts.runs import ACCOUNT, BY_BANK, IBAN, owed_to_iban, payer, pays_by

AIM = 5.0  # seconds


def main(count=10_000):
    """Fill a SQLite database with payouts that are due, then print what a run of them takes."""
    count = int(count)
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            load_settings(
                database_url=f"sqlite:///{Path(folder) / 'runs.sqlite3'}",
                evidence_folder=Path(folder) / "evidence",
            )
        )
        with app.app_context():
            Base.metadata.create_all(db.engine)
            by = _fill(count)
            steps, data, lines = _timed(by)
            bare = _bare(lines)
            print(  # noqa: T201 - what a benchmark is for
                f"run: {count:,} payouts to a pain.001 file of {len(data) / 1e6:.1f} MB:"
                f" made in {steps['made']:.1f} s; the button that releases it {steps['pressed']:.1f} s;"
                f" all of it released in {steps['released']:.1f} s, of which"
                f" the file, checked against its XSD, {steps['file']:.1f} s (aim {AIM:.0f} s);"
                f" the bare package without claims, details or a check {bare:.1f} s;"
                f" the longest turn of the worker {steps['longest_release']:.1f} s\n"
                f"marked as paid: the button {steps['word']:.1f} s, of which {steps['kept']:.2f} s"
                f" keep what was said; all of it {steps['marked']:.1f} s"
                f" ({steps['processor']:.1f} s of processor time), the longest turn of the worker {steps['longest_marked']:.1f} s"
            )
            db.session.remove()
            db.engine.dispose()


def _timed(by):
    started = time.perf_counter()
    with transaction():
        key = runs.make(
            BY_BANK,
            chosen=None,
            by=db.session.get_one(Reviewer, by),
            at=_now(),
            policy=policies()[BY_BANK.shop],
        ).key
    made = time.perf_counter()
    releasing.release(key, by=db.session.get_one(Reviewer, by), at=_now(), policies=policies())
    pressed = time.perf_counter()
    longest = _turns(releasing.release_due)
    released = time.perf_counter()
    instructions, data, file = _file(key)
    run = runs.run_of(key)
    return (
        {
            "made": made - started,
            "pressed": pressed - made,
            "released": released - made,
            "file": file,
            "longest_release": longest,
        }
        | _marked(run, by),
        data,
        instructions,
    )


def _file(key):
    """What is paid, the file of it, and how long that took; no claim stays in hand.

    Each transaction after it would else read anew all that it holds.
    """
    run = runs.run_of(key)
    policy = policies()[run.shop]
    lines = runs.lines_of(run)
    begun = time.perf_counter()
    rail = rail_of(run)
    instructions = [instruct(claim, payout, policy) for payout, claim in lines]
    data = rail.prepare(instructions)
    file = time.perf_counter() - begun
    assert (run.count, data) == (len(lines), releasing.file_of(run))
    db.session.remove()
    return instructions, data, file


def _turns(act):
    """The worker's turns at it until nothing is left: how long the longest took."""
    longest, more = 0.0, True
    while more:
        begun = time.perf_counter()
        more = act(policies=policies())
        longest = max(longest, time.perf_counter() - begun)
    return longest


def _marked(run, by):
    """A person says that all of it was paid, under one reference."""
    key, started, processor = run.key, time.perf_counter(), time.process_time()
    with transaction():
        person = db.session.get_one(Reviewer, by)
        number = lots.keep_word(runs.run_of(key), "BATCH-1", by=person, at=_now())
    kept = time.perf_counter()
    lots.go_on(number, policies=policies())
    word = time.perf_counter()
    longest = _turns(lots.settle_due)
    assert lots.tally(db.session.get_one(Settling, number)) == {CameTo.PAID: run.count}
    return {
        "kept": kept - started,
        "word": word - started,
        "marked": time.perf_counter() - started,
        "processor": time.process_time() - processor,
        "longest_marked": longest,
    }


def _bare(instructions):
    """What the package itself takes for as many payments."""
    started = time.perf_counter()
    config = {"name": ACCOUNT["name"], "IBAN": IBAN, "batch": True, "currency": "EUR"}
    document = SepaTransfer(config, schema=VERSION, clean=False)
    for each in instructions:
        document.add_payment(
            {
                "name": each.payee.holder,
                "IBAN": each.payee.iban,
                "amount": each.amount.whole,
                "description": each.claim,
                "execution_date": _now().date(),
                "endtoend_id": each.key,
            }
        )
    document.export(validate=False)
    return time.perf_counter() - started


def _fill(count):
    """One claim through the real verbs, then its rows as often as they are needed; who pays."""
    now = _now()
    pays_by(Rail.SEPA, **ACCOUNT)
    pattern = owed_to_iban("Ana Díaz", at=now)
    claim = db.session.scalars(select(Claim).where(Claim.reference == pattern)).one()
    rows = {
        "claim": _row(claim),
        "payout": _row(claim.payouts[0]),
        "decision": _row(claim.decisions[-1]),
    }
    entries = [_row(each) for each in db.session.scalars(claim.payouts[0].entries.select())]
    first = claim.id + 1
    names = {model: [] for model in (Claim, StoredDecision, Payout, LedgerEntry)}
    for number in range(first, first + count - 1):
        reference = f"{number // 10_000:04d}-{number % 10_000:04d}"
        sealed = Claim(reference=reference)
        details = read("iban", {"holder": "Ana Díaz", "iban": _iban(number)})
        name_payee(sealed, details=details)
        order = f"B-{number}"
        names[Claim].append(
            rows["claim"]
            | {
                "id": number, "reference": reference, "order_reference": order,
                "order_key": order.lower(), "open_key": order, "payout_sealed": sealed.payout_sealed,
                "payee_key": sealed.payee_key, "email": f"c{number}@example.org",
            }
        )  # fmt: skip
        names[StoredDecision].append(rows["decision"] | {"id": number, "claim_id": number})
        key = key_at("PO-", now)
        payout = rows["payout"] | {"id": number, "claim_id": number, "key": key}
        names[Payout].append(payout | {"digest": digest_of(sealed, Payout(**payout))})
        names[LedgerEntry] += [
            {name: value for name, value in each.items() if name != "id"} | {"payout_id": number}
            for each in entries
        ]
    with transaction():
        for model, given in names.items():
            for start in range(0, len(given), 500):
                db.session.execute(insert(model), given[start : start + 500])
    return payer()


def _iban(number):
    """A number of an account at the bank of IBAN, with its two check digits."""
    account = f"{IBAN[4:12]}{number:010d}"
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"


def _row(thing):
    return {column.key: getattr(thing, column.key) for column in type(thing).__table__.columns}


def _now():
    return datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
