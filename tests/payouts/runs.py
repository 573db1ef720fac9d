"""Approved claims whose money a person pays, in every way that a run carries."""

import itertools

from sqlalchemy import select

from portal.claims.models import Claim
from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.queries import claim_for_change
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Rail
from portal.ledger.settlings import Settling, SettlingLine
from portal.money import Money
from portal.payouts import releasing, runs, setting
from portal.payouts.runs import Lot
from portal.payouts.settling import lots
from portal.payouts.settling.lines import CameTo
from portal.people.reviewers import Reviewer
from tests import factories
from tests.factories import NOW

SHOPS = (factories.SHOP, "client-numbers", "activation-claims")
IBAN = "DE89370400440532013000"
ACCOUNT = {"name": "Número GmbH", "iban": "DE75512108001245126199", "bic": "COBADEFFXXX"}
_numbers = itertools.count(1)


def owed(*, amount="0.50", method=None, at=NOW, email=factories.EMAIL, **details):
    """A claim of an order of its own, approved by a person; to the balance where no method is named."""
    number = f"R-{next(_numbers)}"
    shop, to = factories.SHOP, email
    if method:
        to, details = factories.EMAIL, details | {"email": email}
    claim = factories.claim(email=to, reason="wrong_code", order_reference=number, at=at)
    by = factories.reviewer().id
    with transaction():
        row = claim_for_change(claim.reference)
        if method:
            row.destination = "payout"
            name_payee(row, details=read(method, details))
        currency = factories.policy(shop).shop.currency
        reviewing.approve(
            row,
            amount=Money.parse(amount, currency),
            override_reason="seen",
            by=db.session.get_one(Reviewer, by),
            at=at,
            seen=row.version,
            policy=factories.policy(shop),
        )
    factories.released(claim, at=at)
    return claim.reference


def pays_by(rail, shop=factories.SHOP, **given):
    with transaction():
        setting.set_rail(shop, rail, given=given, at=NOW, loopback=True)


def owed_to_iban(holder="Kim", **given):
    return owed(method="iban", holder=holder, iban=IBAN, bic="", **given)


def payer(name="Pia"):
    return factories.reviewer(name=name, may_pay=True).id


def person(number):
    return db.session.get_one(Reviewer, number)


def made(lot, by, *, chosen=None, at=NOW, policy=None):
    """The key of a run made of the lot; by the shop's own policy where none is given."""
    policy = policy or factories.policy(lot.shop)
    with transaction():
        return runs.make(lot, chosen=chosen, by=person(by), at=at, policy=policy).key


def released(key, by, *, at=NOW):
    db.session.rollback()
    return releasing.release(key, by=person(by), at=at, policies=policies())


def answered(key, said, by, *, at):
    """What each line of a file came to that is read on the page of this run: claim, what, why."""
    db.session.rollback()
    with transaction():
        number = lots.keep_answers(runs.run_of(key), said, by=person(by), at=at)
    return settled(number)


def marked(key, references, by, *, at, **given):
    """A person marks payouts of the run as paid: how many were, and the others' claims, with why."""
    db.session.rollback()
    with transaction():
        number = lots.keep_word(runs.run_of(key), references, by=person(by), at=at, **given)
    came = settled(number) if number else []
    paid = [each for each in came if each[1] is CameTo.PAID]
    return len(paid), [(claim, why) for claim, what, why in came if what is CameTo.LOOK]


def settled(number):
    """Go on until every line of it came to something; its lines, and those that name nobody."""
    while lots.go_on(number, policies=policies()):
        pass
    of = select(SettlingLine).where(SettlingLine.settling_id == number).order_by(SettlingLine.id)
    came = [(each.claim, CameTo(each.came_to), each.why) for each in db.session.scalars(of)]
    strangers = db.session.get_one(Settling, number).strangers
    return came + [("", CameTo.STRANGE, "")] * strangers


def policies():
    return {shop: factories.policy(shop) for shop in SHOPS}


def stored(reference):
    db.session.rollback()
    return db.session.scalars(select(Claim).where(Claim.reference == reference)).one()


def payout(reference):
    return stored(reference).payout


BY_HAND = Lot(factories.SHOP, Rail.MANUAL, "", "USD")
BY_PAYPAL = Lot(factories.SHOP, Rail.MASSFILE, "paypal", "USD")
BY_BANK = Lot(factories.SHOP, Rail.SEPA, "", "USD")


def give_up(run, *, at):
    """Whoever made the run gives it up."""
    runs.discard(run, by=run.made_by, at=at)
