"""docs/tutorial.md: what it prints of the examples is what comes out of the change it makes."""

from pathlib import Path

from portal.policy.file.examples import run
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import read

TUTORIAL = (Path(__file__).parents[3] / "docs" / "tutorial.md").read_text(encoding="utf-8")
TEXT = (SHOPS / "activation-claims.toml").read_text(encoding="utf-8")


def printed(text):
    """What ``policy test`` prints of a file with this text."""
    policy = read(text.encode(), "seven.toml")
    results = run(policy, policy.current)
    failed = [result for result in results if result.differences]
    lines = []
    for result in failed:
        lines.append(f"FAILED  {result.example.name}")
        lines += [f"        {difference}" for difference in result.differences]
    held = f"{len(results) - len(failed)} of {len(results)} examples hold"
    lines.append(f"activation-claims, in force from {policy.current.in_force}: {held}")
    return "".join(f"    {line}\n" for line in lines)


def test_the_tutorial_prints_what_its_change_brings_about():
    version = TEXT[TEXT.index("[[version]]") :].replace("2024-01-01", "2027-01-01", 1)
    changed = version.replace("order.ordered_at + 5 days", "order.ordered_at + 7 days")
    assert printed(f"{TEXT}\n{changed}") in TUTORIAL
    moved = changed
    for day, later in (
        ("09T10:00:00Z, findings", "11T10:00:00Z, findings"),
        ("07T10:00:0", "09T10:00:0"),
    ):
        moved = moved.replace(f"submitted_at = 2026-03-{day}", f"submitted_at = 2026-03-{later}")
    assert printed(f"{TEXT}\n{moved}") in TUTORIAL
