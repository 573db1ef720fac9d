"""What was decided can be taken back on the claim's screen, for as long as it says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.claims.lifecycle import Status
from portal.extensions import db
from portal.mail.models import OutboxMail
from tests import factories
from tests.conftest import NOW
from tests.web.steps.journeys import stored
from tests.web.steps.signing_in import sign_in

UNDONE = "Undone. The customer hears nothing of it, and the claim waits as before."


@pytest.fixture
def decided(visitor, mara, waiting):
    fields = visitor.get(f"/review/{waiting}").fields
    data = {name: value for name, value in fields.items() if name.startswith("approve-")}
    visitor.post(f"/review/{waiting}/approve", data | {"approve-override": "The SMS was a test."})
    return waiting


def test_an_approval_is_undone_by_the_button_beside_what_was_done(app, visitor, decided):
    app.config["NOW"] = NOW + timedelta(seconds=17)
    page = visitor.get(f"/review/{decided}")
    assert "Approved, to be paid." in page.text(page.one(id="flash"))
    assert "The customer is not told yet" in page.text()
    assert "This can be taken back for 43 seconds." in page.text()
    data = {"undo-seen": page.fields["undo-seen"]}
    assert visitor.post(f"/review/{decided}/undo", data).location == f"/review/{decided}"
    page = visitor.get(f"/review/{decided}")
    assert UNDONE in page.text(page.one(id="flash"))
    assert "The decision was undone before it was told" in page.text()
    assert "taken back for" not in page.text()
    assert stored(decided).status is Status.IN_REVIEW
    assert [mail.event for mail in db.session.scalars(db.select(OutboxMail))] == ["received"]


def test_late_it_is_refused_in_words_and_the_decision_stands(visitor, decided):
    fields = visitor.get(f"/review/{decided}").fields
    db.session.execute(db.update(OutboxMail).values(attempts=1))
    db.session.commit()
    page = visitor.post(f"/review/{decided}/undo", {"undo-seen": fields["undo-seen"]}, status=409)
    assert "The customer has been told already. Nothing was done." in page.text()
    assert "undo-seen" not in visitor.get(f"/review/{decided}").fields
    assert stored(decided).status is Status.APPROVED


def test_a_colleague_sees_no_button(visitor, decided):
    sign_in(visitor, factories.reviewer(name="Bo Ek", email="bo@example.com"))
    assert "undo-seen" not in visitor.get(f"/review/{decided}").fields
