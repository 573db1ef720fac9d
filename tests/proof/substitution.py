"""A case as values of the world's terms: what the engine's answers are held against."""

from datetime import datetime, timedelta

import z3

from portal.money import Money
from portal.policy.facts.table import INDEX, UNKNOWN, Type
from portal.proof.claims.search import comes_to
from portal.proof.model.facts import PARTS, microseconds
from portal.proof.model.terms import FALSE, TRUE

_TRUTH, _NOUGHT = {True: TRUE, False: FALSE}, z3.IntVal(0)


def values(world, facts, absent):
    """What each free symbol of ``world`` is where the facts are these: pairs to substitute.

    ``facts`` are a weighed case's, with those that depend on the version; ``absent`` its objects
    that are not there.
    """
    found = [
        (world.order, _TRUTH["order" not in absent]),
        (world.account, _TRUTH["account" not in absent]),
    ]
    for fact in world.free:
        symbol, value = world.facts[fact.name], facts[INDEX[fact.name]]
        found.append((symbol.known, _TRUTH[value is not UNKNOWN]))
        found.append((symbol.there, _TRUTH[value is not None]))
        found.append((symbol.value, _constant(fact, value)))
    found += [(world.worth[kind].value, z3.IntVal(comes_to(kind, facts))) for kind in PARTS]
    left, asked = facts[INDEX["balance.refundable"]], facts[INDEX["claim.amount"]]
    currencies = {money.currency for money in (left, asked) if isinstance(money, Money)}
    found.append((world.other_currency, _TRUTH[len(currencies) > 1]))
    gone, price = facts[INDEX["order.refunded"]], facts[INDEX["order.price"]]
    both = {money.currency for money in (gone, price) if isinstance(money, Money)}
    found.append((world.gone_in_another_currency, _TRUTH[len(both) > 1]))
    fee = facts[INDEX["order.processing_fee"]]
    both = {money.currency for money in (fee, price) if isinstance(money, Money)}
    found.append((world.fee_in_another_currency, _TRUTH[len(both) > 1]))
    return found


def _constant(fact, value):
    """A value as the terms have it; what is unknown or nothing is never looked at."""
    if fact.type is Type.BOOL:
        return _TRUTH[value is True]
    if value is UNKNOWN or value is None:
        return _NOUGHT
    if isinstance(value, (datetime, timedelta)):
        return z3.IntVal(microseconds(value))
    if fact.type is Type.WORD:
        return z3.IntVal(fact.values.index(value))
    if fact.type is Type.TEXT:
        return z3.IntVal(len(value.strip()))
    return z3.IntVal(value.whole if isinstance(value, Money) else value)
