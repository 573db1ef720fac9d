"""A lead puts a claim under a legal hold and takes it off; whoever looks sees that it is under one."""

from portal.claims.history import LegalHold
from portal.claims.lifecycle import Action
from portal.extensions import db

PAGE = "/legal-hold"


def holds():
    return [(each.reviewer_id, each.reason) for each in db.session.scalars(db.select(LegalHold))]


def test_a_hold_is_put_on_and_taken_off_with_a_reason(visitor, lead, waiting, as_it_is):
    url, person = f"/review/{waiting}", lead.id
    assert "Under a legal hold" not in visitor.get(url).text()
    assert visitor.get(url).one("a", href=url + PAGE).text == "Legal hold …"
    assert visitor.get(url + PAGE).h1 == "Legal hold"
    assert "Write why" in visitor.post(url + PAGE, {"reason": " "}, status=422).text()
    assert visitor.post(url + PAGE, {"reason": "A court asked."}).location == url
    assert holds() == [(person, "A court asked.")]
    assert "Under a legal hold" in visitor.get(url).text()
    assert "A court asked." in visitor.get(url).text()
    assert "End the legal hold" in visitor.get(url + PAGE).text()
    assert visitor.post(url + PAGE, {"reason": "It is over."}).location == url
    assert holds() == []
    acts = [(each.action, each.internal) for each in as_it_is(waiting).events][-2:]
    assert acts == [
        (Action.PRESERVE, "A court asked."),
        (Action.END_PRESERVING, "It is over."),
    ]


def test_who_only_decides_is_offered_none(visitor, mara, waiting):
    assert "Legal hold" not in visitor.get(f"/review/{waiting}").text()
    visitor.get(f"/review/{waiting}{PAGE}", status=403)
    visitor.post(f"/review/{waiting}{PAGE}", {"reason": "Why not"}, status=403)
