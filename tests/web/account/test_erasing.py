"""An admin erases a customer who asks for it: first a look, then by typing the address once more, or not at all."""

from datetime import timedelta

import pytest

from portal.audit.log import AuditEntry, StaffAct
from portal.claims.desk.preserving import preserve
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Role
from portal.people.rights import Right
from portal.privacy.erasing import find
from tests import factories
from tests.factories import NOW
from tests.privacy import people
from tests.privacy.kept_bytes import all_left, everything, found_in
from tests.web.steps.signing_in import sign_in

CANARY = "canarybird"
ADDRESS = f"{CANARY}@example.com"
PAGE = "/review/erase"


def acts():
    asked = db.select(AuditEntry.role, AuditEntry.who_id, AuditEntry.about)
    return db.session.execute(asked.where(AuditEntry.act == StaffAct.ERASE_PERSON)).all()


@pytest.mark.daily_on("sqlite", "postgres")
def test_what_would_go_is_shown_and_goes_once_the_address_was_typed_again(app, visitor, owner):
    reference = people.paid(CANARY, order="O-77")
    begun = factories.draft(order_reference="O-79", email=ADDRESS).reference
    all_left()
    assert visitor.get(PAGE).h1 == "Erase a customer’s data"
    shown = visitor.post(PAGE, {"address": ADDRESS.upper()}, status=200)
    assert shown.h1 == "What would be erased"
    assert all(each in shown.text() for each in (reference, begun, ADDRESS, "Goes", "Stays"))
    wrong = visitor.post(
        f"{PAGE}/for-good", {"address": ADDRESS, "again": "x@example.com"}, status=422
    )
    assert "This is not the address above. Nothing was erased." in wrong.text()
    assert (find(ADDRESS).claims, acts()) == ((reference,), [])
    done = visitor.post(f"{PAGE}/for-good", {"address": ADDRESS, "again": f" {ADDRESS} "})
    assert done.location == "/review/people"
    assert "Erased: 1 claim, and all that hung on the address." in visitor.get(done.location).body
    assert found_in(everything(app), CANARY) == set()
    ((role, who, about),) = acts()
    assert (role, who, about[:7]) == ("staff", owner.id, "erased:")


def test_an_address_that_can_be_nobodys_is_asked_for_anew(visitor, owner):
    """NUL is one that PostgreSQL fails at."""
    for address in ("\x00", "nobody", ""):
        answer = visitor.post(
            f"{PAGE}/for-good", {"address": address, "again": address}, status=422
        )
        assert answer.h1 == "Erase a customer’s data"
        assert answer.all("a", href="#address") != []


def test_under_a_legal_hold_there_is_nothing_to_press_and_a_press_erases_nothing(visitor, owner):
    reference = people.paid(CANARY)
    all_left()
    with transaction():
        row = claim_for_change(reference)
        preserve(row, reason="A court asked.", by=factories.reviewer(role=Role.ADMIN), at=NOW)
    shown = visitor.post(PAGE, {"address": ADDRESS}, status=200)
    assert f"claim {reference} is under a legal hold" in shown.text()
    assert shown.all("input", name="again") == []
    refused = visitor.post(f"{PAGE}/for-good", {"address": ADDRESS, "again": ADDRESS}, status=409)
    assert f"claim {reference} is under a legal hold" in refused.text()
    assert (find(ADDRESS).claims, acts()) == ((reference,), [])


def test_without_a_fresh_code_it_asks_for_one_and_an_admin_of_one_shop_may_not(app, visitor, owner):
    app.config["NOW"] = NOW + timedelta(minutes=5, seconds=1)
    assert visitor.get(PAGE, status=303).location == "/sign-in/code-again?next=/review/erase"
    sign_in(visitor, factories.reviewer(rights={(factories.SHOP, Right.ADMIN)}))
    assert visitor.get(PAGE, status=403)
