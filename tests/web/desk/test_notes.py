"""Notes are written on the claim's page; a name that is nobody's loses nothing that was typed."""

from portal.claims.lifecycle import Action
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.people.rights import Right
from tests import factories
from tests.web.steps.signing_in import sign_in

SCRIPT = "<script>alert(1)</script>"


def mails():
    found = db.select(OutboxMail.recipient).where(OutboxMail.event == "team_named")
    return db.session.scalars(found).all()


def notes(claim):
    return [each.internal for each in claim.events if each.action is Action.NOTE]


def test_a_note_is_written_in_its_part_of_the_page_and_stands_there(
    visitor, mara, omar, waiting, as_it_is
):
    page = visitor.get(f"/review/{waiting}")
    ask = page.one("a", href=f"/review/{waiting}/notes").get("hx-get")
    form = visitor.get(ask, fragment=True)
    assert "Write @ and a name to mail somebody the way here: Omar Diaz." in form.text()
    done = visitor.post(ask, {"text": f"@Omar {SCRIPT}"}, status=200, fragment=True)
    assert "Mara Lind, Wed 4 Mar 2026, 10:00 UTC:" in done.text()
    assert f"@Omar {SCRIPT}" in done.text()
    assert notes(as_it_is(waiting)) == [f"@Omar {SCRIPT}"]
    assert mails() == ["omar@example.com"]
    history = visitor.get(f"/review/{waiting}").text()
    assert f"For colleagues only @Omar {SCRIPT}" in history


def test_without_scripts_the_page_for_it_leads_back_to_the_claim(visitor, mara, waiting, as_it_is):
    page = visitor.get(f"/review/{waiting}/notes?from=shop%3Dsms-service")
    assert page.h1 == f"Note on {waiting}"
    done = visitor.post(f"/review/{waiting}/notes?from=shop%3Dsms-service", {"text": "Called."})
    assert done.location == f"/review/{waiting}?from=shop%3Dsms-service"
    assert notes(as_it_is(waiting)) == ["Called."]


def test_a_name_that_is_nobodys_is_told_beside_what_was_typed(
    visitor, mara, omar, waiting, as_it_is
):
    for address in (f"/review/{waiting}/notes", f"/review/{waiting}/hand-over"):
        name = "text" if address.endswith("notes") else "note"
        data = {name: "@Kim, look at this.", "to": str(omar), "was": "0"}
        page = visitor.post(address, data, status=422)
        assert page.fields[name] == "@Kim, look at this."
        assert "Nobody who may look at this claim is called @Kim." in page.text()
    assert (notes(as_it_is(waiting)), mails(), as_it_is(waiting).assignee_id) == ([], [], None)


def test_an_empty_note_is_none(visitor, mara, waiting, as_it_is):
    page = visitor.post(f"/review/{waiting}/notes", {"text": " "}, status=422)
    assert "Write the note" in page.text()
    assert notes(as_it_is(waiting)) == []


def test_who_is_named_in_a_note_with_a_claim_that_is_handed_over_gets_one_mail(
    visitor, mara, omar, waiting
):
    factories.reviewer(name="Pia Lund", email="pia@example.com")
    data = {"was": "0", "to": str(omar), "note": "@Omar, ask @Pia."}
    visitor.post(f"/review/{waiting}/hand-over", data, status=303)
    told = db.select(OutboxMail.recipient, OutboxMail.event).order_by(OutboxMail.id)
    team = db.session.execute(told.where(OutboxMail.event.startswith("team_"))).all()
    assert [tuple(each) for each in team] == [
        ("omar@example.com", "team_handed"),
        ("pia@example.com", "team_named"),
    ]


def test_a_payer_writes_notes_and_who_sees_no_claims_writes_none(visitor, waiting, as_it_is):
    sign_in(visitor, factories.reviewer(name="Pia", rights=[("sms-service", Right.PAYER)]))
    visitor.post(f"/review/{waiting}/notes", {"text": "Paid twice?"})
    assert notes(as_it_is(waiting)) == ["Paid twice?"]
    sign_in(visitor, factories.reviewer(rights=[("numberplug", Right.REVIEWER)]))
    visitor.post(f"/review/{waiting}/notes", {"text": "Hello."}, status=404)


def test_a_note_leaves_what_is_typed_for_the_decision_and_its_version_alone(
    visitor, mara, waiting, as_it_is
):
    page = visitor.get(f"/review/{waiting}")
    visitor.post(f"/review/{waiting}/notes", {"text": "Wait."}, status=200, fragment=True)
    data = page.fields | {
        "decline-clause": "SS-N3",
        "decline-text": "No.",
        "decline-override": "As I see it.",
    }
    visitor.post(f"/review/{waiting}/decline", data, status=303)
    assert as_it_is(waiting).status == "declined"
