"""What is there and what isn't are answered the same, after the same work; how long it takes is in test_timing.py."""

from __future__ import annotations

import re

import pytest
from argon2 import low_level
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal import limits as counts
from portal.extensions import db
from tests.conftest import NOW
from tests.portals import within
from tests.web.untold.doors import NAMES, doors

# Of each request its own, whatever it asks about.
OWN = re.compile(
    r'(?<=value=")[^"]{40,}(?=")|(?<=session=)[^;]+|(?<=/new/)[0-9A-Z]{4}-[0-9A-Z]{4}(?=/code)'
)
HASHED = "a password is hashed"
# Of an account that is there one row is read: next to the hash, or to the mail that is written, it is little.
PERSON_READ = {"signing in with a wrong password", "a forgotten password"}


@pytest.fixture
def app(database, portals, tmp_path):
    """The portal with its limits in force."""
    limited = portals(database).as_new(tmp_path, limits=True, NOW=NOW, WTF_CSRF_ENABLED=False)
    with within(limited):
        yield limited


@pytest.fixture
def work(app, monkeypatch):
    """What was done since it was last cleared: statements, rows that were read, and that a password was hashed."""
    done = []

    def counting(whole):
        def hashed(*given, **named):
            done.append(HASHED)
            return whole(*given, **named)

        return hashed

    def note(_connection, _cursor, statement, *_rest):
        # What is taken back was written before, and the commit writes it all the same.
        done.append(re.sub(r"^(?:RELEASE|ROLLBACK TO) SAVEPOINT", "END SAVEPOINT", statement))

    def read(_session, row):
        done.append(f"{type(row).__name__} is read")

    for name in ("hash_secret", "verify_secret"):
        monkeypatch.setattr(low_level, name, counting(getattr(low_level, name)))
    event.listen(db.engine, "before_cursor_execute", note)
    event.listen(Session, "loaded_as_persistent", read)
    yield done
    event.remove(Session, "loaded_as_persistent", read)
    event.remove(db.engine, "before_cursor_execute", note)


def told(asked, answer):
    """All of an answer but what is its own, and what it says again of the question."""
    headers = [pair for pair in answer.headers if pair[0] not in {"X-Request-Id", "Date"}]
    text = f"{answer.status}\n{headers}\n{answer.text}"
    for said in asked.named:
        text = text.replace(said, "X").replace(said.replace("@", "%40"), "X")
    return OWN.sub("", text)


@pytest.mark.daily_on("sqlite", "postgres")
def test_what_is_there_and_what_is_not_are_answered_alike_after_the_same_work(
    app, work, monkeypatch
):
    visitors, found = doors(app)
    assert tuple(found) == NAMES
    monkeypatch.setattr(counts, "time", lambda: visitors.now)
    unlike, hashed = [], set()
    for name, door in found.items():
        visitors.ready(door)(door.missing)  # what is done once, such as to note that it was refused
        answers = []
        for asked in (door.missing, door.there, *door.also):
            knock = visitors.ready(door)
            work.clear()
            said = told(asked, knock(asked))
            done = [each for each in work if name not in PERSON_READ or each != "Reviewer is read"]
            answers.append((said, done))
        first, *others = answers
        unlike += [
            (name, asked, *both)
            for asked, each in zip((door.there, *door.also), others, strict=True)
            for both in zip(first, each, strict=True)
            if both[0] != both[1]
        ]
        hashed |= {name for _, done in answers if HASHED in done}
    assert unlike == []
    assert hashed == {"signing in with a wrong password"}
