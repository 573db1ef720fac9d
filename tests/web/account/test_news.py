"""On their own account each person chooses how soon they are told of what by e-mail."""

from portal.extensions import db
from portal.people.reviewers import News, Reviewer, Role
from tests import factories
from tests.web.steps.signing_in import sign_in

OF_A_REVIEWER = ["appeal", "overdue", "near", "handed", "named"]


def chosen(number):
    db.session.rollback()
    person = db.session.get_one(Reviewer, number)
    return person.told_of, person.told_daily, person.zone


def choices(page):
    found = {}
    for select in page.all("select"):
        name = select.get("name")
        if name.startswith("news-"):
            options = [each for each in select.iter("option") if each.get("selected") is not None]
            found[name.removeprefix("news-")] = options[0].get("value")
    return found


def test_a_reviewer_chooses_among_what_concerns_them(app, visitor):
    dana = factories.reviewer()
    sign_in(visitor, dana)
    assert choices(visitor.get("/account")) == dict.fromkeys(OF_A_REVIEWER, "once")
    kept = [each for each in map(str, News) if each not in OF_A_REVIEWER]

    said = {
        "appeal": "never",
        "overdue": "daily",
        "near": "never",
        "handed": "once",
        "named": "daily",
    }
    form = {f"news-{name}": how for name, how in said.items()}
    visitor.post("/account/mails", form | {"zone": "Asia/Tokyo"}, status=303)

    at_once, daily, zone = chosen(dana.id)
    assert (set(at_once), daily, zone) == ({"handed", *kept}, ["overdue", "named"], "Asia/Tokyo")
    page = visitor.get("/account")
    assert choices(page) == said
    assert "comes at 8" in page.body


def test_an_admin_chooses_versions_too_and_nobody_what_there_is_not(app, visitor):
    nora = factories.reviewer(role=Role.ADMIN)
    sign_in(visitor, nora)
    without = {"payout"}  # she pays nothing
    shown = choices(visitor.get("/account"))
    assert shown == dict.fromkeys((str(each) for each in News if each not in without), "once")
    form = {f"news-{name}": "once" for name in shown}
    visitor.post("/account/mails", form | {"news-appeal": "hourly"}, status=400)
    assert chosen(nora.id) == ([str(each) for each in News], [], None)


def test_a_zone_that_is_none_is_said_and_nothing_is_kept(app, visitor):
    dana = factories.reviewer()
    sign_in(visitor, dana)
    form = {f"news-{name}": "never" for name in OF_A_REVIEWER} | {"zone": "Berlin"}
    page = visitor.post("/account/mails", form, status=422)
    assert "Write a time zone such as Europe/Berlin" in page.body
    assert choices(page) == dict.fromkeys(OF_A_REVIEWER, "never")
    assert chosen(dana.id) == ([str(each) for each in News], [], None)
