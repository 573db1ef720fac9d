"""What a reviewer found, and did not find: each fact is laid to who said it."""

from datetime import timedelta

import pytest

from portal.claims.deadlines.lapsing import lapse_due
from portal.claims.lifecycle import Status
from portal.extensions import db
from portal.versions.registry import policies
from tests import factories
from tests.conftest import NOW
from tests.web.steps.journeys import stored

MESSAGES = [(NOW - timedelta(minutes=50), "WhatsApp")]


@pytest.fixture
def defect(app):
    """A claim about a serious defect that nobody has looked at."""
    factories.account(shop="activation-claims")
    factories.order(shop="activation-claims", messages=MESSAGES)
    return factories.claim(
        shop="activation-claims",
        reason="major_defect",
        description="Every second call to the number ends after a minute.",
    ).reference


def find(visitor, reference, finding, **given):
    data = {f"{finding}-{name}": value for name, value in given.items()}
    data[f"{finding}-seen"] = str(stored(reference).version)
    return visitor.post(f"/review/{reference}/findings/{finding}", data)


def facts(page):
    """The facts of the middle column: name -> (value, source)."""
    box = page.one("section", aria_labelledby="known")
    rows = [row for row in box.iter("div") if row.find("dt") is not None and len(row) == 3]
    return {page.text(row[0]): (page.text(row[1]), page.text(row[2])) for row in rows}


def test_what_no_reviewer_said_is_laid_to_none(visitor, mara, defect):
    shown = facts(visitor.get(f"/review/{defect}"))
    assert shown["Defect confirmed by a person"] == ("not said yet", "")
    assert shown["Mended"] == ("not said yet", "")
    assert shown["Access refused"] == ("not said yet", "")
    assert not {"Claim sent", "Reason"} & set(shown)  # the page's head says them
    assert shown["Messages received"] == ("1", "Records")
    assert "Reviewer" not in {source for _, source in shown.values()}


def test_that_nothing_was_asked_for_is_known_to_the_portal(visitor, mara):
    factories.account()
    factories.order(messages=MESSAGES)
    shown = facts(visitor.get(f"/review/{factories.claim(reason='wrong_code').reference}"))
    assert shown["Information asked for"] == ("no", "Portal")
    assert shown["Information given"] == ("no", "Portal")


def test_what_a_reviewer_said_bears_their_name(visitor, mara, defect):
    find(visitor, defect, "defect_confirmed", value="yes")
    shown = facts(visitor.get(f"/review/{defect}"))
    assert shown["Defect confirmed by a person"] == ("yes", "Mara Lind")
    assert shown["Mended"] == ("not said yet", "")


def test_not_mended_is_an_answer_and_the_policy_decides_when_its_time_is_over(
    visitor, mara, defect
):
    find(visitor, defect, "defect_confirmed", value="yes")
    page = visitor.get(f"/review/{defect}")
    assert "The policy waits for what you find out." in page.text()
    assert "Mended: not so far" in page.text()
    find(visitor, defect, "rectified_at", not_yet="y")
    row = stored(defect)
    assert (row.status, row.findings["rectified_at"]) == (Status.IN_REVIEW, None)
    page = visitor.get(f"/review/{defect}")
    assert facts(page)["Mended"] == ("no", "Mara Lind")
    assert "The policy waits for what you find out." not in page.text()
    assert (
        "If nothing else is recorded, the policy decides again by itself at"
        " Mon 9 Mar 2026, 10:00 UTC." in page.text()
    )
    assert "Mended: no" in page.text(page.one("ol"))
    lapse_due(policies=policies(), now=NOW + timedelta(days=5, seconds=1))
    assert stored(defect).outcome == "approve"


@pytest.mark.parametrize("given", [{}, {"not_yet": "y", "value": "2026-03-04T09:00"}])
def test_a_moment_is_one_of_two_answers(visitor, mara, defect, given):
    data = {f"rectified_at-{name}": value for name, value in given.items()}
    data["rectified_at-seen"] = str(stored(defect).version)
    page = visitor.post(f"/review/{defect}/findings/rectified_at", data, status=422)
    assert page.errors == ["Enter the date and the time, in UTC, or choose “not so far”"]


@pytest.mark.long
@pytest.mark.parametrize(
    ("finding", "given", "title"),
    [
        ("defect_confirmed", {"value": "no"}, "Defect confirmed by a person: no"),
        (
            "access_requested_at",
            {"value": "2026-03-04T09:00"},
            "Access asked for: Wed 4 Mar 2026, 09:00 UTC",
        ),
    ],
)
def test_the_history_says_a_finding_in_the_words_of_its_form(
    visitor, mara, defect, finding, given, title
):
    assert title.split(":")[0] in visitor.get(f"/review/{defect}").text()
    find(visitor, defect, finding, **given)
    page = visitor.get(f"/review/{defect}")
    assert next(page.text(line) for line in page.all("p", class_="timeline-title")) == title


def test_a_customer_is_told_of_no_finding_that_nobody_made(app, visitor, mara, defect):
    find(visitor, defect, "defect_confirmed", value="no")
    fields = visitor.get(f"/review/{defect}").fields
    visitor.post(
        f"/review/{defect}/decline",
        {name: value for name, value in fields.items() if name.startswith("decline-")}
        | {"decline-clause": "AC-R3"},
    )
    told = db.session.execute(db.text("SELECT text FROM outbox ORDER BY id DESC")).scalar()
    assert "Defect confirmed by a person: no" in told
    assert "Mended" not in told


@pytest.mark.usefixtures("mara")
def test_times_that_contradict_each_other_stop_the_policy_and_are_named(visitor):
    factories.account()
    factories.order(expires_at=NOW - timedelta(hours=2), cancelled_at=NOW - timedelta(hours=3))
    row = factories.claim()
    page = visitor.get(f"/review/{row.reference}")
    assert (row.status, row.outcome) == (Status.IN_REVIEW, "approve")
    (banner,) = [box for box in page.all("div", class_="banner") if "warning" in box.get("class")]
    assert [page.text(line) for line in banner.iter("p")] == [
        "Times that contradict each other",
        "“Waiting time ended” lies before “Ordered”.",
        "“Cancelled” lies before “Ordered”.",
        "So the policy decides nothing by itself here.",
    ]
