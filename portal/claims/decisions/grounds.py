"""On what a decision rests, as data: letters, pages and the reviewer's suggestions all say it from here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from portal.claims.decisions.casefile import case_of
from portal.claims.decisions.returned import kept_returns
from portal.claims.decisions.returns import Return, ReturnSource
from portal.claims.models import Claim
from portal.claims.wording import fact_words
from portal.mail.letters import moment
from portal.money import Money
from portal.policy.deciding.case import parse
from portal.policy.deciding.document import Policy, Version
from portal.policy.deciding.engine import decide
from portal.policy.facts.table import BY_NAME
from portal.policy.language.clause import Amount, Effect
from portal.translation import gettext


class GroundKind(StrEnum):
    """What settles a decision."""

    CLAUSE = "clause"  # the clauses say so
    FINDING = (
        "finding"  # a person looked and did not find what the clause asks for, or what ends it
    )
    RETURNED = "returned"  # the price went back already
    OVERRIDE = "override"  # a person decided otherwise than the policy
    FEE = "fee"  # the clauses say so, less what the payment system kept of the price
    LESS = "less"  # a person gave less than the policy does
    LAPSE = "lapse"  # what was asked for did not come in time


@dataclass(frozen=True, slots=True)
class Ground:
    """The ground of one decision.

    ``clauses`` may be quoted beside it: none of them says the opposite. ``rule`` is the clause that
    had made the claim eligible where it is refused all the same, ``finding`` what a person did not
    confirm, or ``found`` where that refuses it: the case's value, as text; ``returns`` what went back, ``amount`` what the policy gives where less is given; of
    which the payment system kept a ``fee`` where it is the price.
    """

    kind: GroundKind
    clauses: tuple[str, ...] = ()
    rule: str = ""
    finding: str = ""
    found: str = ""
    returns: tuple[Return, ...] = ()
    amount: Money | None = None
    fee: Money | None = None

    def as_json(self) -> dict[str, Any]:
        """As it is kept with the decision or the ruling."""
        return {
            "kind": self.kind.value,
            "clauses": list(self.clauses),
            "rule": self.rule,
            "finding": self.finding,
            "found": self.found,
            "returns": [each.as_json() for each in self.returns],
            "amount": self.amount.as_json() if self.amount else None,
            "fee": self.fee.as_json() if self.fee else None,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Ground:
        """Read what ``as_json`` wrote; an older one has no fee, and nothing that was found."""
        return cls(
            kind=GroundKind(kept["kind"]),
            clauses=tuple(kept["clauses"]),
            rule=kept["rule"],
            finding=kept["finding"],
            found=kept.get("found", ""),
            returns=tuple(Return.from_json(each) for each in kept["returns"]),
            amount=Money.exact(**kept["amount"]) if kept["amount"] else None,
            fee=Money.exact(**kept["fee"]) if kept.get("fee") else None,
        )


def ground_of(claim: Claim, document: dict[str, Any], *, policy: Policy, at: datetime) -> Ground:
    """On what the policy's decision about the claim rests, made as of ``at``.

    What went back, or a finding, is the ground of a refusal where without it there would be none.
    """
    clauses = tuple(document["clauses"])
    plain = Ground(GroundKind.CLAUSE, clauses)
    version = policy.version_at(claim.submitted_at or at)
    if document["outcome"] != "deny":
        return _less_fee(claim, document, version) or plain
    quoted = _not_granting(clauses, version)
    rule = next((each for each in clauses if each not in quoted), "")
    returns = kept_returns(claim)
    case = case_of(claim, at=at, logs=_unreturned(claim.facts), returns=[])
    if returns and not _denies(case, policy, version):
        return Ground(GroundKind.RETURNED, quoted, rule, returns=tuple(returns))
    for finding, found in _turning(case, policy, version, granted=bool(rule)):
        return Ground(GroundKind.FINDING, quoted, rule, finding=f"findings.{finding}", found=found)
    return plain


def _turning(
    case: dict[str, Any], policy: Policy, version: Version, *, granted: bool
) -> Iterator[tuple[str, str]]:
    """What a person found without which the claim would not be refused: its name, and what was found, empty for a no.

    First a single no; then, where a clause that grants is cited (``granted``), another single finding,
    and at last the first no of several.
    """
    findings = case.get("findings") or {}
    noes = [name for name, value in findings.items() if value is False]
    others = [name for name, value in findings.items() if value and granted]
    for name in [*noes, *others]:
        rest = {other: each for other, each in findings.items() if other != name}
        if not _denies(case | {"findings": rest}, policy, version):
            yield name, "" if name in noes else str(findings[name])
    rest = {name: value for name, value in findings.items() if name not in noes}
    if granted and noes and not _denies(case | {"findings": rest}, policy, version):
        yield noes[0], ""


def _less_fee(claim: Claim, document: dict[str, Any], version: Version) -> Ground | None:
    """The ground of an amount off which a fee was taken; None of any other one."""
    clauses, order = tuple(document["clauses"]), claim.facts.get("order") or {}
    keeping = {
        each.id for each in version.clauses for side in each.sides if side.amount is Amount.LESS_FEE
    }
    if not (document["amount"] and order.get("processing_fee") and keeping & {*clauses}):
        return None
    price, fee = Money.exact(**order["price"]), Money.exact(**order["processing_fee"])
    if not fee.minor or (price - fee).rounded() < Money.parse(**document["amount"]):
        return None  # nothing was kept, or another clause pays
    returns = tuple(kept_returns(claim))
    return Ground(GroundKind.FEE, clauses, returns=returns, amount=price, fee=fee)


def ground_in_force(claim: Claim) -> Ground:
    """The ground of what was decided last: by a person, by the policy, or by time."""
    decision, ruling = claim.decision, claim.ruling
    said = tuple(decision.document["clauses"]) if decision else ()
    if claim.lapsed:
        return Ground(GroundKind.LAPSE, said)
    if ruling is not None:
        if ruling.ground:
            return Ground.from_json(ruling.ground)
        if ruling.override_reason and ruling.approved:
            return Ground(GroundKind.OVERRIDE)
        return Ground(GroundKind.CLAUSE, (ruling.clause,) if ruling.clause else said)
    return policys_ground(claim)


def policys_ground(claim: Claim) -> Ground:
    """The ground of the policy's latest decision."""
    decision = claim.decision
    if decision is None:
        return Ground(GroundKind.CLAUSE)
    if decision.ground:
        return Ground.from_json(decision.ground)
    return Ground(GroundKind.CLAUSE, tuple(decision.document["clauses"]))


def override(clause: str, *, version: Version) -> Ground:
    """The ground of a person's own refusal; a granting clause is never quoted as why it is one."""
    return Ground(GroundKind.OVERRIDE, _not_granting((clause,), version))


def ground_words(ground: Ground, *, zone: ZoneInfo, colleague: bool = False) -> list[str]:
    """The ground in sentences: to the customer, or to a ``colleague``, who may know whose claim took what.

    Empty where the clauses say it all.
    """
    match ground.kind:
        case GroundKind.RETURNED | GroundKind.FEE:
            told = (_returned(each, zone, colleague=colleague) for each in ground.returns)
            rule = gettext("Rule %(rule)s returns a price once.", rule=ground.rule)
            return [*_kept(ground), *dict.fromkeys(told), *([rule] if ground.rule else [])]
        case GroundKind.FINDING:
            return _looked(ground, zone)
        case GroundKind.OVERRIDE:
            return [
                gettext(
                    "A person looked at your claim and decided otherwise than the rules alone would."
                )
            ]
        case GroundKind.LESS:
            return [
                gettext(
                    "The policy gives %(amount)s for this. A person decided on less.",
                    amount=ground.amount,
                )
            ]
        case GroundKind.LAPSE:
            return [gettext("What we asked for did not come in time.")]
        case _:
            return []


def _kept(ground: Ground) -> list[str]:
    """Of which price the payment system kept what, where a fee was taken off."""
    if ground.fee is None:
        return []
    return [
        gettext(
            "%(price)s less %(fee)s that the payment system kept.",
            price=ground.amount,
            fee=ground.fee,
        )
    ]


def _looked(ground: Ground, zone: ZoneInfo) -> list[str]:
    """What a person found that ends the claim, or did not find so, and the rule that asks for it."""
    if not ground.found:
        rule = gettext("Rule %(rule)s asks for it.", rule=ground.rule)
        return [_unconfirmed(ground.finding, zone), *([rule] if ground.rule else [])]
    words = fact_words(ground.finding, ground.found, zone=zone)
    told = f"{words[0]}: {words[1]}." if words else gettext("A person looked at it.")
    return [told, gettext("By rule %(rule)s nothing is returned then.", rule=ground.rule)]


def _unconfirmed(finding: str, zone: ZoneInfo) -> str:
    """That a person looked and did not find it so."""
    if finding in BY_NAME and BY_NAME[finding].unconfirmed:
        return BY_NAME[finding].unconfirmed
    words = fact_words(finding, False, zone=zone)  # noqa: FBT003 - the fact's value
    return f"{words[0]}: {words[1]}." if words else gettext("A person could not confirm it.")


def _returned(each: Return, zone: ZoneInfo, *, colleague: bool) -> str:
    when = moment(each.at.astimezone(zone))
    if each.source is ReturnSource.RECORDS:
        if each.amount is None:
            return gettext(
                "The shop's records say that the price was returned on %(when)s.", when=when
            )
        return gettext(
            "The shop's records say that %(amount)s of the price was returned on %(when)s.",
            amount=each.amount,
            when=when,
        )
    if not each.own and not colleague:
        return gettext("The price of this order was already returned.")
    by = gettext("by claim %(claim)s", claim=each.claim)
    if each.payment:
        by = gettext(
            "by claim %(claim)s, payment %(payment)s", claim=each.claim, payment=each.payment
        )
    if each.replacement:
        return gettext(
            "Another number was already given for this order on %(when)s, %(by)s.", when=when, by=by
        )
    if not each.paid:
        return gettext(
            "%(amount)s is already approved and to be paid, %(by)s.", amount=each.amount, by=by
        )
    return gettext(
        "%(amount)s was already returned on %(when)s, %(by)s.", amount=each.amount, when=when, by=by
    )


def _unreturned(facts: dict[str, Any]) -> dict[str, Any]:
    order = facts.get("order")
    if not order:
        return facts
    kept = {name: value for name, value in order.items() if name not in {"refunded_at", "refunded"}}
    return facts | {"order": kept}


def _denies(case: dict[str, Any], policy: Policy, version: Version) -> bool:
    return decide(parse(case), policy, version).outcome == "deny"


def _not_granting(clauses: Sequence[str], version: Version) -> tuple[str, ...]:
    granting = {each.id for each in version.clauses if each.effect is Effect.APPROVE}
    return tuple(each for each in clauses if each and each not in granting)
