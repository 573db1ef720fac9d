"""What a clause does to a claim, in whole sentences for customers and owners.

Sentences are written small: each may stand behind "When …:", and gets its capital where it begins.
"""

from collections.abc import Sequence

from portal.policy.language.clause import Amount, Clause, ClauseKind, Destination, Effect
from portal.policy.language.closures import Instant
from portal.translation import gettext, lazy_gettext as _, listed, ngettext, sentence
from portal.words.conditions import condition, fact
from portal.words.moments import by, instant

AMOUNTS = {
    Amount.FULL: _("the whole price"),
    Amount.BY_TIME: _("the price of the time the number was down"),
    Amount.BY_DAYS: _("the price of the days the number was down"),
    Amount.LESS_FEE: _("the price less what the payment system kept of it"),
    Amount.REFUNDABLE: _("what is left of your top-ups"),
}
DESTINATIONS = {
    Destination.BALANCE: _("goes back to your balance"),
    Destination.PAYOUT: _("is paid out to you"),
    Destination.ASKED: _("goes back to your balance or is paid out to you, as you ask"),
}
_PAID = {
    Destination.BALANCE: _("%(amount)s goes back to your balance."),
    Destination.PAYOUT: _("%(amount)s is paid out to you."),
    Destination.ASKED: _("%(amount)s goes back to your balance or is paid out to you, as you ask."),
}
_PAID_OR_REPLACED = {
    Destination.BALANCE: _(
        "%(amount)s goes back to your balance, or you get another number if you prefer that."
    ),
    Destination.PAYOUT: _(
        "%(amount)s is paid out to you, or you get another number if you prefer that."
    ),
    Destination.ASKED: _(
        "%(amount)s goes back to your balance or is paid out to you, as you ask,"
        " or you get another number if you prefer that."
    ),
}
DEADLINES = {
    "review_target": _("a person means to decide %(limit)s."),
    "review_due": _("a person decides %(limit)s."),
    "payout_due": _("the money is on its way %(limit)s."),
    "payout_limit": _("the money is with you %(limit)s, whatever happens."),
    "information_due": _("what we ask you for has to come %(limit)s."),
    "rectify_by": _("the defect may be mended %(limit)s."),
}


def clause(each: Clause) -> str:
    """What ``each`` does where it applies, as sentences."""
    return _spoken(_sentences(each))


def applies(each: Clause) -> str:
    """When ``each`` applies, and what it does then, as sentences."""
    return _spoken(_applying(each))


def requirements(names: Sequence[str], *, description_length: int = 1) -> str:
    """Required information as a list in a sentence; a description may have a least length."""
    said = {name: fact(name) for name in names}
    if "claim.description" in said and description_length > 1:
        said["claim.description"] = ngettext(
            "%(what)s (%(num)s character at least)",
            "%(what)s (%(num)s characters at least)",
            description_length,
            what=said["claim.description"],
        )
    return listed(said.values())


def asked(each: Clause) -> str:
    """Everything that ``each`` may ask for, as a list in a sentence."""
    names = (*each.requires, *each.requires_for_payout)
    return requirements(names, description_length=each.description_length)


def deadline(name: str, limit: Instant) -> str:
    """A deadline as a sentence."""
    return sentence(_deadline(name, limit))


def method(each: Clause) -> str:
    """What a person settles before money leaves, as a sentence; empty for any other clause."""
    return sentence(_method(each))


def _spoken(sentences: Sequence[str]) -> str:
    """Sentences in their order, each with its capital."""
    return " ".join(sentence(each) for each in sentences)


def _applying(each: Clause) -> list[str]:
    sentences = _sentences(each)
    if each.when is None:
        return sentences
    said = condition(each.when.tree)
    first = gettext("when %(condition)s: %(effect)s", condition=said, effect=sentences[0])
    return [first, *sentences[1:]]


def _deadline(name: str, limit: Instant) -> str:
    return gettext(DEADLINES[name], limit=by(limit.term))


def _method(each: Clause) -> str:
    if each.finding is None or not each.refused:
        return ""
    shape = _("the money is paid out only if %(condition)s; otherwise nothing is paid.")
    if each.refused == "balance":
        shape = _("the money is paid out only if %(condition)s; otherwise it goes to your balance.")
    if each.refused == "ask":
        shape = _(
            "the money is paid out that way only if %(condition)s; otherwise you choose another one."
        )
    return gettext(shape, condition=condition(each.finding.tree))


def _sentences(each: Clause) -> list[str]:
    said = []
    match each.effect:
        case Effect.DENY:
            said.append(_denial(each))
        case Effect.APPROVE:
            said += _approval(each)
        case Effect.REVIEW:
            said.append(_method(each))
        case Effect.INFORM:
            said.append(gettext("it explains, and decides no claim by itself."))
    said += _asking(each)
    said += [_deadline(name, limit) for name, limit in each.deadlines.items()]
    if each.reversed:
        first, *rest = _applying(each.reversed)
        said += [gettext("the other way round, %(applies)s", applies=first), *rest]
    return said


def _denial(each: Clause) -> str:
    if each.kind is ClauseKind.OVERRIDING:
        return gettext("nothing is paid back, whatever the other rules say.")
    if each.kind is ClauseKind.DEFAULT:
        return gettext("nothing is paid back where no other rule decides.")
    if each.yields_to:
        rules = listed(each.yields_to, either=True)
        return gettext("nothing is paid back, unless %(rules)s holds.", rules=rules)
    return gettext("nothing is paid back.")


def _approval(each: Clause) -> list[str]:
    if each.amount is None or each.destination is None:
        return []
    shapes = _PAID_OR_REPLACED if each.remedy_asked else _PAID
    said = [gettext(shapes[each.destination], amount=AMOUNTS[each.amount])]
    if each.finding:
        found = condition(each.finding.tree)
        if each.person_when:
            looked = condition(each.person_when.tree)
            shape = _("if %(condition)s, it is paid only if %(finding)s.")
            said.append(gettext(shape, condition=looked, finding=found))
        else:
            said.append(gettext("it is paid only if %(finding)s.", finding=found))
    if each.evidence:
        said.append(gettext("send %(what)s.", what=fact("claim.evidence")))
    if each.automatic:
        said.append(gettext("where our records prove it, this happens by itself."))
    if each.opens:
        said.append(gettext("you can claim from %(moment)s.", moment=instant(each.opens.term)))
    return said


def _asking(each: Clause) -> list[str]:
    said = []
    if each.requires:
        wanted = requirements(each.requires, description_length=each.description_length)
        if each.only_unsettled:
            shape = _("we ask for %(wanted)s where our records do not settle it.")
        else:
            shape = _("we ask for %(wanted)s.")
        said.append(gettext(shape, wanted=wanted))
    if each.requires_for_payout:
        wanted = requirements(each.requires_for_payout)
        said.append(gettext("to be paid out, we also ask for %(wanted)s.", wanted=wanted))
    return said
