"""The one table of a policy version's life: (state, action) -> what it becomes."""

from enum import StrEnum


class State(StrEnum):
    """Where a version stands; what is published is scheduled, in force or ended by its dates."""

    DRAFT = "draft"
    CHECKED = "checked"  # the check found nothing in the text as it stands
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"  # published, and taken back before it was in force
    DISCARDED = "discarded"


class VersionAction(StrEnum):
    """What happens to a version; ``pass`` and ``fail`` are the check's, the rest is a person's."""

    CHANGE = "change"
    PASS = "pass"  # noqa: S105 - the check, not a password
    FAIL = "fail"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"  # while it is scheduled
    DISCARD = "discard"


class Stage(StrEnum):
    """How a version is called on a given day: its state, and of a published one where its time is."""

    DRAFT = "draft"
    CHECKED = "checked"
    SCHEDULED = "scheduled"
    IN_FORCE = "in force"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"


class VersionNotAllowed(Exception):
    """This action isn't open from this state."""

    def __init__(self, state: State, action: VersionAction) -> None:
        super().__init__(f"{action} is not open to a version that is {state}")
        self.state, self.action = state, action


S, A = State, VersionAction

TRANSITIONS: dict[tuple[State, VersionAction], State] = {
    (S.DRAFT, A.CHANGE): S.DRAFT,
    (S.DRAFT, A.PASS): S.CHECKED,
    (S.DRAFT, A.FAIL): S.DRAFT,
    (S.DRAFT, A.DISCARD): S.DISCARDED,
    (S.CHECKED, A.CHANGE): S.DRAFT,
    (S.CHECKED, A.PASS): S.CHECKED,
    (S.CHECKED, A.FAIL): S.DRAFT,
    (S.CHECKED, A.PUBLISH): S.PUBLISHED,
    (S.CHECKED, A.DISCARD): S.DISCARDED,
    (S.PUBLISHED, A.WITHDRAW): S.WITHDRAWN,
}

# Still worked on; the text of anything else is never written to.
OPEN = frozenset({S.DRAFT, S.CHECKED})


def next_state(state: State, action: VersionAction) -> State:
    """The state that follows. Raises NotAllowed where the table has no such row."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise VersionNotAllowed(state, action) from None


def diagram() -> str:
    """The table as a Mermaid state diagram, for docs/versions.md."""
    lines = ["stateDiagram-v2", f"    [*] --> {S.DRAFT}"]
    lines += [
        f"    {state} --> {after}: {action}" for (state, action), after in TRANSITIONS.items()
    ]
    lines += [f"    {state} --> [*]" for state in S if state not in OPEN]
    return "\n".join(lines) + "\n"
