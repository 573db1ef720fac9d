"""The queue is put in order by its headings, and stays so while a claim is open and after it is decided."""

from datetime import timedelta

from tests import factories
from tests.conftest import NOW


def lines(page):
    return [page.text(link) for link in page.all("a", class_="mono")]


def heads(page):
    """Each heading: what it says, its aria-sort, and where it leads."""
    found = {}
    for cell in page.one("thead").iter("th"):
        link = cell.find("a")
        found[page.text(cell)] = cell.get("aria-sort"), None if link is None else link.get("href")
    return found


def three(**given):
    """Claims with one reason each, sent one after the other."""
    return [
        factories.claim(order_reference=f"O-{number}", reason=reason, **given).reference
        for number, reason in enumerate(("wrong_code", "other", "sms_not_received"))
    ]


def test_each_heading_puts_the_list_in_order_and_turns_it_round(visitor, mara):
    first, second, third = three()
    page = visitor.get("/review?shop=sms-service")
    assert heads(page) == {
        "Claim": (None, "/review?shop=sms-service&sort=-sent"),
        "Reason": (None, "/review?shop=sms-service&sort=reason"),
        "Amount": (None, "/review?shop=sms-service&sort=-amount"),
        "Verdict": (None, "/review?shop=sms-service&sort=verdict"),
        "Time left": ("ascending", "/review?shop=sms-service&sort=-due"),
    }
    page = visitor.get("/review?shop=sms-service&sort=reason")
    assert lines(page) == [second, third, first]
    sorted_by, again = heads(page)["Reason"]
    assert (sorted_by, page.fields["sort"]) == ("ascending", "reason")
    page = visitor.get(again)
    assert (lines(page), heads(page)["Reason"]) == (
        [first, third, second],
        ("descending", "/review?shop=sms-service&sort=reason"),
    )
    assert heads(page)["Time left"] == (None, "/review?shop=sms-service")
    assert page.text(page.one("caption")) == "Needs a decision: By reason, the last first"


def test_a_view_without_time_left_is_put_in_order_by_status_where_it_has_several(visitor, mara):
    three()
    assert heads(visitor.get("/review?status=all"))["Status"] == (
        None,
        "/review?status=all&sort=status",
    )
    assert heads(visitor.get("/review?status=in_review"))["Time left"][0] == "ascending"
    assert "Status" not in heads(visitor.get("/review?status=in_review"))


def test_the_order_stays_while_a_claim_is_open_and_after_it_is_decided(visitor, mara):
    first, second, third = three()
    page = visitor.get("/review?sort=-reason")
    opened = visitor.get(page.all("a", class_="mono")[0].get("href"))
    assert opened.h1 == f"Claim {first}"
    assert opened.one("nav", class_="back")[0].get("href") == f"/review?sort=-reason#{first}"
    beside = visitor.get(opened.one("a", **{"aria-keyshortcuts": "j"}).get("href"), status=303)
    assert beside.location.startswith(f"/review/{third}?")
    form = {"ask-seen": "1", "ask-missing": "claim.evidence", "ask-note": ""} | {
        name: value for name, value in opened.fields.items() if name.endswith("-seen")
    }
    done = visitor.post(f"/review/{first}/ask?from=sort%3D-reason", form, status=303)
    assert done.location.startswith(f"/review/{third}?from=")
    beside = visitor.get(
        visitor.get(done.location).one("a", **{"aria-keyshortcuts": "j"}).get("href"), status=303
    )
    assert beside.location.startswith(f"/review/{second}?")


def test_late_claims_in_another_order_say_how_many_are_in_it(visitor, mara):
    claims = [
        factories.claim(order_reference=f"L-{n}", at=NOW - timedelta(days=3)) for n in range(2)
    ]
    said = "In this order are the 100 with the least time left."
    assert said not in visitor.get("/review?status=overdue").text()
    page = visitor.get("/review?status=overdue&sort=-sent")
    assert said in page.text()
    assert lines(page) == [claims[1].reference, claims[0].reference]
