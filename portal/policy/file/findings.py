"""What a reviewer can supply: the findings that a version reads."""

from portal.policy.deciding.document import Version
from portal.policy.facts.table import BY_NAME, Source

# Asking the customer sets the one, the customer's answer the other.
OF_THE_PORTAL = ("findings.information_requested_at", "findings.information_given_at")


def offered(version: Version) -> tuple[str, ...]:
    """The findings that a reviewer's screen offers for a claim under ``version``, by name.

    Those that its conditions read, and those that pause its clock.
    """
    sides = [each for clause in version.clauses for each in clause.sides]
    found = {name for each in sides for test in each.tests for name in test.reads}
    if version.rectify_clock:
        found |= {version.rectify_clock.paused_from, version.rectify_clock.paused_until}
    return tuple(
        sorted(
            name
            for name in found
            if BY_NAME[name].source is Source.REVIEWER and name not in OF_THE_PORTAL
        )
    )
