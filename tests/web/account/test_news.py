"""On their own account each person chooses what they are told by e-mail."""

from portal.extensions import db
from portal.people.reviewers import News, Reviewer, Role
from tests import factories
from tests.web.steps.signing_in import sign_in


def chosen(number):
    db.session.rollback()
    return db.session.get_one(Reviewer, number).told_of


def boxes(page):
    return {
        box.get("value"): box.get("checked") is not None
        for box in page.all("input", name="news", type="checkbox")
    }


def test_a_reviewer_chooses_among_what_concerns_them(app, visitor):
    dana = factories.reviewer()
    sign_in(visitor, dana)
    assert boxes(visitor.get("/account")) == {
        "appeal": True,
        "overdue": True,
        "near": True,
        "handed": True,
        "named": True,
    }

    visitor.post("/account/mails", {"news": "overdue"}, status=303)

    assert chosen(dana.id) == ["overdue"]
    assert boxes(visitor.get("/account")) == {
        "appeal": False,
        "overdue": True,
        "near": False,
        "handed": False,
        "named": False,
    }
    visitor.post("/account/mails", {}, status=303)
    assert chosen(dana.id) == []


def test_an_admin_chooses_versions_too_and_nobody_what_there_is_not(app, visitor):
    nora = factories.reviewer(role=Role.ADMIN)
    sign_in(visitor, nora)
    assert boxes(visitor.get("/account")) == dict.fromkeys(map(str, News), True)
    visitor.post("/account/mails", {"news": "everything"}, status=400)
    assert chosen(nora.id) == [str(each) for each in News]
