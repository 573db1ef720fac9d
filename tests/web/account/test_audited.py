"""Who is refused and who signs out is logged; of strangers nothing grows."""

from sqlalchemy import select

from portal.audit.log import AuditEntry
from portal.extensions import db
from tests import factories
from tests.web.steps.signing_in import sign_in


def acts():
    db.session.rollback()
    found = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(each.act, each.role, each.who_id, each.whom_id, each.about) for each in found]


def test_signing_out_is_logged(app, visitor):
    dana = factories.reviewer()
    sign_in(visitor, dana)
    visitor.post("/sign-out", {}, status=302)
    assert acts() == [("sign_out", "staff", dana.id, None, "")]


def test_a_wrong_password_is_logged_of_an_account_and_of_no_strangers_address(app, visitor):
    dana = factories.reviewer()
    for email in (dana.email, "nobody@example.com"):
        visitor.get("/sign-in")
        visitor.post("/sign-in", {"email": email, "password": "not the one"}, status=422)
    assert acts() == [("sign_in_refused", "stranger", None, dana.id, "password")]
