"""Each kind of problem has a page that says what it means, and each answer's type leads there."""

import re
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal.api.kinds import KINDS
from portal.api.problems import REFUSED
from portal.app import ROOT
from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import db
from portal.policy.language.in_force import AT_ONCE
from portal.versions import publishing
from tests.api.program import Program
from tests.conftest import NOW
from tests.versions import drafts

ROOM = Path(ROOT, "portal", "api")


def test_the_type_of_a_problem_leads_to_the_page_that_says_what_it_means(program):
    answer = program.post(f"/shops/{program.shop}/claims", {"colour": "red"}).get_json()
    assert answer["type"] == "http://localhost/api/problems/invalid"
    page = program.client.get(answer["type"].removeprefix("http://localhost"))
    assert page.status_code == 200
    assert answer["title"] in page.text.replace("&#39;", "'")
    assert "by a JSON pointer into what was sent" in page.text


@pytest.mark.any_database
def test_each_kind_has_its_page_the_list_names_them_and_no_other_has_one(program):
    listed = program.client.get("/api").text
    for word in KINDS:
        assert program.client.get(f"/api/problems/{word}").status_code == 200
        assert f'href="/api/problems/{word}"' in listed
    assert program.client.get("/api/problems/nothing").status_code == 404


def test_every_word_that_the_room_answers_is_told_and_every_one_told_is_answered():
    text = "".join(path.read_text() for path in ROOM.rglob("*.py") if path.name != "kinds.py")
    said = set(re.findall(r'Problem\(\s*"([a-z-]+)"', text)) | set(REFUSED.values())
    said |= set(re.findall(r'\b[45]\d\d: "([a-z-]+)"', text))
    assert said | {"refused"} == set(KINDS)


def test_the_guide_names_every_word():
    guide = Path(ROOT, "docs", "api.md").read_text(encoding="utf-8")
    assert [word for word in KINDS if f"`{word}`" not in guide] == []


def test_what_comes_before_a_new_version_is_read_is_to_be_sent_again(app):
    app.config["NOW"] = NOW
    program = Program(app, shop=drafts.SHOP)
    draft, by = drafts.ready(in_force=AT_ONCE), drafts.admin()
    read = drafts.read_of(draft)
    with transaction():  # by another process
        publishing.publish(draft, read, governing=drafts.governing(), by=by, at=NOW)
    refused = program.file(key="k-1")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    assert refused.get_json()["type"].endswith("/unavailable")
    assert db.session.scalar(select(func.count()).select_from(Claim)) == 0
    said = program.file(key="k-1")
    assert said.status_code == 201
    assert said.get_json()["decision"]["version"] == "2026-03-04T10:00:00Z"
