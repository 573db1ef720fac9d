"""What each answer to a finding would bring, so that finding and decision are one press."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from portal.claims.decisions.casefile import case_of
from portal.claims.models import Claim
from portal.money import Money
from portal.policy.deciding.case import parse
from portal.policy.deciding.document import Policy
from portal.policy.deciding.engine import decide
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.clock import now
from portal.web.review.prefills import is_instant, known

# An answer as an address has it -> the finding as the case keeps it.
FINDS: dict[str, bool | None] = {"yes": True, "no": False, "not-yet": None}


@dataclass(frozen=True, slots=True)
class FindingAnswer:
    """One answer to a finding: what its button says, and what the policy promises to say with it.

    ``tone`` is the button's kind. ``promised`` is kept with the press: a decision that time has made
    another one is not made.
    """

    value: str
    words: str
    tone: str
    promised: str


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """A finding that the verdict waits for, by its name without ``findings.``, with its answers."""

    name: str
    words: str
    answers: list[FindingAnswer]

    @property
    def presses(self) -> list[tuple[str, str]]:
        """The answers whose letter can be seen before: as the letter's address has each, and its button's words."""
        shape = _("Letter of “%(answer)s”")
        return [
            (f"{self.name}-{each.value}", gettext(shape, answer=each.words))
            for each in self.answers
        ]


def asked(claim: Claim, wanted: list[str], *, policy: Policy) -> list[OpenFinding]:
    """The findings that the verdict waits for, each with what every answer to it brings now."""
    return [
        OpenFinding(name.partition(".")[2], known(name), list(_answers(claim, name, policy)))
        for name in wanted
    ]


def _answers(claim: Claim, finding: str, policy: Policy) -> Iterator[FindingAnswer]:
    case = case_of(claim, at=now())
    for value in ("not-yet",) if is_instant(finding) else ("yes", "no"):
        found = {finding.partition(".")[2]: FINDS[value]}
        facts = parse(case | {"findings": case.get("findings", {}) | found})
        document = decide(facts, policy).as_json()
        yield FindingAnswer(
            value=value,
            words=_words(value, document),
            tone={"approve": "primary", "deny": "danger"}.get(document["outcome"], "secondary"),
            promised=promise(document),
        )


def promise(document: dict[str, Any]) -> str:
    """What a decision comes to, as a short text: two that read alike have the same effect."""
    parts = [document["outcome"], document["remedy"], _amount(document), *document["clauses"][:1]]
    return " ".join(str(part) for part in parts if part)


def _amount(document: dict[str, Any]) -> Money | None:
    return Money.parse(**document["amount"]) if document["amount"] else None


def _words(value: str, document: dict[str, Any]) -> str:
    amount = _amount(document)
    if value == "not-yet":
        return gettext("Not so far")
    if document["outcome"] == "approve" and amount:
        told = {"yes": gettext("Yes: approve %(amount)s", amount=amount),
                "no": gettext("No: approve %(amount)s", amount=amount)}  # fmt: skip
    elif document["outcome"] == "approve":
        told = {"yes": gettext("Yes: give another number"),
                "no": gettext("No: give another number")}  # fmt: skip
    elif document["outcome"] == "deny":
        clause = document["clauses"][0]
        told = {"yes": gettext("Yes: decline by %(clause)s", clause=clause),
                "no": gettext("No: decline by %(clause)s", clause=clause)}  # fmt: skip
    else:
        told = {"yes": gettext("Yes, and look on"), "no": gettext("No, and look on")}
    return told[value]
