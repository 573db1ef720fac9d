"""What a clause does to a claim, in whole sentences for customers and owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.policy.language.clause import Amount, ClauseKind, Destination, Effect
from portal.words.conditions import by, condition, fact, instant
from portal.words.lengths import join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal.policy.language.clause import Clause
    from portal.policy.language.closures import Instant

AMOUNTS = {
    Amount.FULL: "the whole price",
    Amount.BY_TIME: "the price of the time the number was down",
    Amount.BY_DAYS: "the price of the days the number was down",
    Amount.REFUNDABLE: "what is left of your top-ups",
}
DESTINATIONS = {
    Destination.BALANCE: "goes back to your balance",
    Destination.PAYOUT: "is paid out to you",
    Destination.ASKED: "goes back to your balance or is paid out to you, as you ask",
}
DEADLINES = {
    "review_target": "A person means to decide {}.",
    "review_due": "A person decides {}.",
    "payout_due": "The money is on its way {}.",
    "payout_limit": "The money is with you {}, whatever happens.",
    "information_due": "What we ask you for has to come {}.",
    "rectify_by": "The defect may be mended {}.",
}


def clause(each: Clause) -> str:
    """What ``each`` does where it applies, as sentences."""
    return " ".join(_sentences(each))


def applies(each: Clause) -> str:
    """When ``each`` applies, and what it does then, as sentences."""
    if each.when is None:
        return clause(each)
    return f"When {condition(each.when.tree)}: {_lower(clause(each))}"


def requirements(names: Sequence[str], *, description_length: int = 1) -> str:
    """Required information as a list in a sentence; a description may have a least length."""
    said = {name: fact(name) for name in names}
    if "claim.description" in said and description_length > 1:
        said["claim.description"] += f" ({description_length} characters at least)"
    return join(list(said.values()))


def asked(each: Clause) -> str:
    """Everything that ``each`` may ask for, as a list in a sentence."""
    names = (*each.requires, *each.requires_for_payout)
    return requirements(names, description_length=each.description_length)


def deadline(name: str, limit: Instant) -> str:
    """A deadline as a sentence."""
    return DEADLINES[name].format(by(limit.term))


def method(each: Clause) -> str:
    """What a person settles before money leaves, as a sentence; empty for any other clause."""
    if each.finding is None or not each.refused:
        return ""
    otherwise = "it goes to your balance" if each.refused == "balance" else "nothing is paid"
    return f"The money is paid out only if {condition(each.finding.tree)}; otherwise {otherwise}."


def _sentences(each: Clause) -> list[str]:
    said = []
    match each.effect:
        case Effect.DENY:
            said.append(_denial(each))
        case Effect.APPROVE:
            said += _approval(each)
        case Effect.REVIEW:
            said.append(method(each))
        case Effect.INFORM:
            said.append("It explains, and decides no claim by itself.")
    said += _asking(each)
    said += [deadline(name, limit) for name, limit in each.deadlines.items()]
    if each.reversed:
        said.append(f"The other way round, {_lower(applies(each.reversed))}")
    return said


def _denial(each: Clause) -> str:
    if each.kind is ClauseKind.OVERRIDING:
        return "Nothing is paid back, whatever the other rules say."
    if each.kind is ClauseKind.DEFAULT:
        return "Nothing is paid back where no other rule decides."
    unless = join(each.yields_to, "or")
    return f"Nothing is paid back, unless {unless} holds." if unless else "Nothing is paid back."


def _approval(each: Clause) -> list[str]:
    if each.amount is None or each.destination is None:
        return []
    paid = f"{AMOUNTS[each.amount]} {DESTINATIONS[each.destination]}"
    if each.remedy_asked:
        paid += ", or you get another number if you prefer that"
    said = [f"{paid[0].upper()}{paid[1:]}."]
    if each.finding:
        paid = f"t is paid only if {condition(each.finding.tree)}."
        where = f"If {condition(each.person_when.tree)}, i" if each.person_when else "I"
        said.append(f"{where}{paid}")
    if each.evidence:
        said.append(f"Send {fact('claim.evidence')}.")
    if each.automatic:
        said.append("Where our records prove it, this happens by itself.")
    if each.opens:
        said.append(f"You can claim from {instant(each.opens.term)}.")
    return said


def _asking(each: Clause) -> list[str]:
    said = []
    if each.requires:
        wanted = requirements(each.requires, description_length=each.description_length)
        unsettled = " where our records do not settle it" if each.only_unsettled else ""
        said.append(f"We ask for {wanted}{unsettled}.")
    if each.requires_for_payout:
        said.append(f"To be paid out, we also ask for {requirements(each.requires_for_payout)}.")
    return said


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
