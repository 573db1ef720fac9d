"""A customer who answers the questions of a policy from the facts of a case.

The page judges a claim as it is on the day that it is sent, with all in it that it has to contain:
- ``as_sent``: no finding of a person yet, and decided when it was submitted;
- ``supplied``: what the policy asked for in vain is there. Only a case that the policy answers with
  needs_information is changed by it; every other is decided as it stands.
"""

import copy
import json
from functools import cache
from pathlib import Path

from portal.advice.next_question import ForeseenVerdict, next_step
from portal.advice.questions import QuestionKind
from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.facts.table import UNKNOWN
from portal.policy.file.reading import shops

CASES = Path(__file__).parents[1] / "policy"

# Left open by what nobody knows: the page names the open clauses in another order.
NAMED_OTHERWISE = {"activation-claims-t2-08", "sms-service-t2-03"}


def read(folder, shop):
    """The cases of a file that the policy decides, as they are when they are sent: (id, case)."""
    for line in (CASES / folder / f"{shop}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if "error" in row["expect"]:
            continue
        case = row["case"]
        case.pop("findings", None)
        case.pop("now", None)
        if parse(case).value("claim.reason") is not UNKNOWN:
            yield row["id"], case


def supplied(case, missing):
    """The case with the fields that were missing."""
    case = copy.deepcopy(case)
    claim = case["claim"]
    price = (case.get("order") or {}).get("price")
    given = {
        "claim.service_name": "WhatsApp",
        "claim.order_reference": "A-1",
        "claim.description": "Nothing came, however long I waited for it to come.",
        "claim.amount": price or {"amount": "999999.00", "currency": "USD"},
        "claim.payout": {"method": "iban", "complete": True},
        "claim.evidence": [{"kind": "screenshot"}],
    }
    for path in missing:
        if path == "account.email":
            case.setdefault("account", {})["email"] = "ana@example.org"
        else:
            claim[path.removeprefix("claim.")] = given[path]
    return case


def decided(case, policy):
    """What the policy says of a case as it is sent, and what it says once nothing is missing."""
    first = decide(parse(case), policy)
    if first.outcome != "needs_information":
        return first, first
    return first, decide(parse(supplied(case, first.missing)), policy)


def answer(question, case):
    """The facts that the customer of ``case`` gives; UNKNOWN is "I don't know"."""
    known = {name: case.value(name) for name in question.facts}
    if question.kind is QuestionKind.ROWS:
        (name,) = question.facts
        return {name: UNKNOWN if known[name] is UNKNOWN else getattr(case, name)}
    if question.kind in (QuestionKind.MOMENT, QuestionKind.MONEY):
        return known
    if question.name == "method" and UNKNOWN in known.values():
        return {"claim.payout.method": "iban"}  # as ``supplied`` has it
    if question.kind is QuestionKind.SEVERAL:
        facts = dict(question.otherwise)
        for sets in question.options.values():
            facts |= answer_of(sets, question.otherwise, case)
        return facts
    return next(
        (sets for sets in question.options.values() if fits(sets, case)),
        dict.fromkeys(question.facts, UNKNOWN),
    )


def answer_of(sets, otherwise, case):
    if any(case.value(name) is UNKNOWN for name in sets):
        return {name: case.value(name) for name in sets}
    return sets if fits(sets, case) else {name: otherwise[name] for name in sets}


def fits(sets, case):
    """Whether what an answer says is true of the case; of an event only whether it happened."""
    for name, value in sets.items():
        have = case.value(name)
        if name == "order.service_message" and case.value("order.messages") in (0, UNKNOWN):
            continue
        if name == "order.messages" and have is not UNKNOWN:
            have = min(have, 1)
        if name.endswith("_at") and have is not UNKNOWN:
            have, value = have is not None, value is not None  # noqa: PLW2901 - whether it happened
        if have != value:
            return False
    return True


@cache
def interviews(folder, shop, step=1):
    """Every ``step``-th case of a file: (id, case as JSON, its facts, what was asked, the verdict)."""
    policy = shops()[shop]
    return [
        (name, case, parse(case), *interview(parse(case), policy))
        for name, case in [*read(folder, shop)][::step]
    ]


def interview(case, policy):
    """Answer every question from the case: the questions in order, and the verdict."""
    at = case.submitted_at
    answers = {"claim.reason": case.value("claim.reason")}
    asked = []
    while not isinstance(step := next_step(answers, policy, at=at), ForeseenVerdict):
        asked.append((step, dict(answers)))
        answers |= answer(step, case)
        assert len(asked) < 20, asked
    return asked, step
