"""What the workbench said about a draft, as its two reports show it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.claims.decisions.samples import sampled
from portal.claims.wording import fact_words
from portal.money import Money
from portal.policy.facts.table import ALL, BY_NAME
from portal.policy.file.flaws import FlawKind
from portal.translation import again, dated, lazy_gettext as _
from portal.versions.models import Answer, DraftQuestion, PolicyVersion
from portal.web.frame.facts import FactRow, message_rows
from portal.web.policies.finding import before, read, version_of
from portal.words.parts import words_of

OUTCOMES = {
    "approve": _("Approved"),
    "deny": _("Denied"),
    "review": _("Given to a person"),
    "needs_information": _("Asked for more"),
}
KINDS = {
    FlawKind.DEAD: _("Dead clause"),
    FlawKind.IDLE_TEST: _("Test that changes nothing"),
    FlawKind.CONTRADICTION: _("Contradiction"),
    FlawKind.IDLE_PRECEDENCE: _("Idle precedence"),
    FlawKind.PRECEDENCE_NOT_KEPT: _("Precedence that is not kept"),
    FlawKind.HOLE: _("Hole"),
    FlawKind.DEADLINE: _("Deadline that can never be met"),
    FlawKind.RANGE: _("Range used as a deadline"),
    FlawKind.NOBODY_SUPPLIES: _("Fact that nobody can supply"),
    FlawKind.UNANSWERED: _("Reason that no clause answers"),
    FlawKind.NO_EXAMPLE: _("Clause without an example"),
    FlawKind.FAILING_EXAMPLE: _("Example that fails"),
    FlawKind.LEFT_OPEN: _("Question left open"),
    "sender": _("Sender"),
}
BAR = 160  # the width of the widest bar, in a picture's own units


def checked(found: PolicyVersion, answer: Answer, zone: str) -> dict[str, Any]:
    """The variables of the check's report."""
    result: dict[str, Any] = answer.result or {}
    ready = ready_examples(found)

    def findings(key: str) -> list[dict[str, Any]]:
        return [
            each
            | {
                "kind": KINDS[each["kind"]],
                "text": _words(each, found),
                "claim": claim_facts(each["claim"], zone),
            }
            | ({"ready": str(place)} if key == "problems" and str(place) in ready else {})
            for place, each in enumerate(result.get(key, ()))
        ]

    return {
        "answer": answer,
        "problems": findings("problems"),
        "notes": findings("notes"),
        "precedences": [
            each | {"claim": claim_facts(each["claim"], zone)}
            for each in result.get("precedences", ())
        ],
    }


def ready_examples(found: PolicyVersion) -> dict[str, str]:
    """The examples that the check of the text as it stands has ready, by their places in it."""
    answer = found.answer(DraftQuestion.CHECK)
    result: dict[str, Any] = (answer and answer.result) or {}
    problems = enumerate(result.get("problems", ()))
    return {str(place): each["paste"] for place, each in problems if each.get("paste")}


def replayed(found: PolicyVersion, answer: Answer) -> dict[str, Any]:
    """The variables of the replay's report; one statement for all the sampled claims."""
    result: dict[str, Any] = answer.result or {}
    policy = read(found.text, found.shop)
    currency = result.get("currency", policy.shop.currency)
    chosen = [number for move in result.get("moves", ()) for number in move["samples"]]
    looked = sampled(chosen, (policy, before(found)), (policy, version_of(found)))
    moves = [
        {
            "was": OUTCOMES[move["from"]],
            "now": OUTCOMES[move["to"]],
            "count": move["count"],
            "old": Money(move["old_minor"], currency),
            "new": Money(move["new_minor"], currency),
            "samples": [looked[number] for number in move["samples"] if number in looked],
        }
        for move in result.get("moves", ())
    ]
    months = result.get("months", ())
    widest = max((max(m["old_minor"], m["new_minor"]) for m in months), default=0) or 1
    old, new = (Money(sum(m[f"{side}_minor"] for m in months), currency) for side in ("old", "new"))
    return {
        "answer": answer,
        "claims": result.get("claims", 0),
        "unchanged": result.get("unchanged", 0),
        "left_out": result.get("left_out", 0),
        "other_currencies": result.get("other_currencies", 0),
        "moves": moves,
        "months": [
            {
                "name": dated(datetime.fromisoformat(f"{month['month']}-01"), "MMMM y"),
                "old": Money(month["old_minor"], currency),
                "new": Money(month["new_minor"], currency),
                "old_bar": month["old_minor"] * BAR // widest,
                "new_bar": month["new_minor"] * BAR // widest,
            }
            for month in months
        ],
        "old": old,
        "new": new,
        "bar": BAR,
    }


def claim_facts(case: Mapping[str, Any] | None, zone: str) -> list[FactRow]:
    """The facts of a claim for people, in the order of the catalogue; none where there is no claim."""
    clock = ZoneInfo(zone)
    found = []
    for name, value in _said(case or {}):
        words = fact_words(name, value, zone=clock)
        if words is None:
            continue
        found.append(FactRow(*words, BY_NAME[name].source.value))
        if name == "order.messages":
            found += message_rows(value, zone=clock)
    return found


def _said(case: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for fact in ALL:
        value: Any = case
        for part in fact.name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None:
            yield fact.name, value


def _words(problem: Mapping[str, Any], found: PolicyVersion) -> str:
    """A finding in the language in force; what an earlier portal kept of it is its text alone."""
    if "made_of" not in problem:
        return str(problem["text"])
    return again(problem["made_of"], stand_in=lambda place: words_of(place, version_of(found)))
