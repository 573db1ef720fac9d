"""What docs/webhooks.md tells is so: its ten lines, and its table of events."""

import re
from datetime import UTC, datetime
from pathlib import Path

from portal.events.kinds import EventType
from portal.events.signing import new_secret, signed

TOLD = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")


def test_the_ten_lines_take_what_is_ours_and_nothing_else():
    program = re.search(r"```python\n(.*?)```", TOLD, re.DOTALL)[1]
    room = {}
    exec(compile(program, "webhooks.md", "exec"), room)
    is_ours, secret, body = room["is_ours"], new_secret(), b'{"id": "EV-1"}'
    at = int(datetime.now(UTC).timestamp())
    headers = signed(secret, number="EV-1", at=at, body=body)
    assert is_ours(secret, headers, body)
    assert not is_ours(secret, headers, body + b" ")
    assert not is_ours(new_secret(), headers, body)
    assert not is_ours(secret, signed(secret, number="EV-1", at=at - 301, body=body), body)


def test_every_event_is_told():
    table = TOLD.partition("| event |")[2].partition("\n\n")[0]
    named = set()
    for line in table.splitlines()[2:]:
        room = ""
        for name in line.split("|")[1].split(","):
            room = name.strip().partition(".")[0] or room
            named.add(f"{room}.{name.strip().partition('.')[2]}")
    assert named == {str(each) for each in EventType}
