"""The line to the database ends after the answer is made: it is given all the same."""

from __future__ import annotations

from contextvars import Context

from flask import request_finished

from portal.extensions import db
from tests import factories
from tests.faults.cutting import lose


def test_an_answer_is_given_though_the_connection_is_lost_as_it_is_let_go(app, client):
    reference = factories.draft().reference
    with client.session_transaction() as session:
        session["drafts"] = [reference]
    db.session.remove()
    lost = []

    def cut(*_sender, **_given):
        lost.append(db.session.connection())
        lose(lost[-1].connection.driver_connection)

    with request_finished.connected_to(cut, app):
        # in a context of its own, whose session ends with the request, as it does when served
        answer = Context().run(client.get, f"/new/{reference}/result")
    assert [answer.status_code, len(lost)] == [200, 1]
    assert client.get(f"/new/{reference}/result").status_code == 200
