"""An admin adds, removes and moves rules by form, sees what they say, and keeps the examples true."""

import pytest

from portal.database import transaction
from portal.extensions import db
from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.file.examples import as_toml
from portal.policy.language.closures import condition
from portal.versions import publishing
from portal.versions.models import Deed, DraftQuestion
from portal.web.policies.looking import facts
from tests.factories import NOW
from tests.versions.drafts import admin, answered, begun, governing, read_of, reclause
from tests.web.policies.pages import HOME, row, rows_of

REFUSAL = {
    "id": "NP-3.7",
    "wording": "Nothing is returned for a number that is marked for registration.",
    "when": "order.label = for_registration and claim.reason = external_cause",
}
SAYS = "The number was sold for registrations and your claim is about an app or site that refused the number."


def order_of(draft):
    """The numbers of the draft's rules, as its text has them."""
    version = read_of(row(draft.id)).current
    return [clause.id for clause in version.clauses]


def version_of(draft):
    """The draft's policy and its newest version."""
    policy = read_of(draft)
    return policy, policy.current


@pytest.mark.any_database
def test_a_rule_is_added_by_form_behind_another(visitor, owner):
    draft = begun()
    before, order = draft.text, order_of(draft)
    free = visitor.get(f"{HOME}/{draft.id}/clauses/new/note").fields
    assert (free["id"], free["after"]) == ("NP-8", "NP-7")
    kinds = visitor.get(f"{HOME}/{draft.id}/clauses?after=NP-3.6")
    (link,) = (each for each in kinds.all("a") if kinds.text(each) == "It refuses a refund")
    page = visitor.get(link.get("href"))
    assert page.h1 == "A new rule"
    form = page.fields
    assert (form["id"], form["after"], form["kind"]) == ("NP-3.7", "NP-3.6", "excluded")
    answer = visitor.post(f"{HOME}/{draft.id}/clauses/new/refusal", form | REFUSAL)
    assert answer.location == f"{HOME}/{draft.id}#NP-3.7"
    draft = row(draft.id)
    place = order.index("NP-3.6") + 1
    assert order_of(draft) == [*order[:place], "NP-3.7", *order[place:]]
    added = f"""
[[version.clause]]
id = "NP-3.7"
kind = "excluded"
effect = "deny"
wording = "{REFUSAL["wording"]}"
when = "{REFUSAL["when"]}"
"""
    assert draft.text.replace(added, "", 1) == before
    last = draft.events[-1]
    assert (last.deed, last.about, last.by) == (Deed.ADD_CLAUSE, "NP-3.7", owner)
    assert "NP-3.7 added" in visitor.get(f"{HOME}/{draft.id}").text()
    visitor.get(f"{HOME}/{draft.id}/clauses/new/nothing", status=404)


@pytest.mark.long
@pytest.mark.usefixtures("owner")
def test_what_is_wrong_with_a_new_rule_stands_beside_its_field(visitor):
    draft = begun()
    to = f"{HOME}/{draft.id}/clauses/new/refund"
    form = visitor.get(to).fields
    assert visitor.post(to, form | {"id": "NP-2.1"}, status=422).errors == [
        "There is a rule NP-2.1 already. Choose another number"
    ]
    assert visitor.post(to, form | {"id": "a/b"}, status=422).errors == [
        "Use 1 to 40 letters, digits, dots and hyphens"
    ]
    assert visitor.post(to, form | {"wording": "W."}, status=422).errors == ["Fill this in"]
    typed = form | {"wording": "W.", "when": "order.price = 5", "opens": "tomorrow"}
    assert visitor.post(to, typed, status=422).errors == [
        "5 has no unit (seconds, minutes, hours, days, months, working days) in 'order.price = 5'",
        "unknown fact 'tomorrow' in 'tomorrow'",
    ]
    typed = form | {"wording": "W.", "when": "order.messages is empty", "also": "NP-9.9"}
    assert visitor.post(to, typed, status=422).errors == ["Unknown clause 'NP-9.9'"]
    assert row(draft.id).text == draft.text


@pytest.mark.usefixtures("owner")
def test_a_new_rule_that_met_another_change_keeps_what_was_typed(visitor):
    draft = begun()
    to = f"{HOME}/{draft.id}/clauses/new/refusal"
    form = visitor.get(to).fields | REFUSAL
    reclause(draft, "NP-3.6", {"wording": "The first."}, by=admin())
    page = visitor.post(to, form, status=409)
    assert {key: page.fields[key] for key in REFUSAL} == REFUSAL
    assert page.text(page.one(class_="banner-title")) == "The draft changed while you were looking"
    visitor.post(to, page.fields)
    draft = row(draft.id)
    assert 'wording = "The first."' in draft.text
    assert "NP-3.7" in order_of(draft)


@pytest.mark.usefixtures("owner")
def test_a_rule_moves_up_and_down_once_a_press(visitor):
    draft = begun()
    order = order_of(draft)
    to = f"{HOME}/{draft.id}/clauses/{order[2]}/move"
    seen = {"seen": draft.text_sha256}
    visitor.post(to, seen | {"way": "up"})
    moved = [order[0], order[2], order[1], *order[3:]]
    assert order_of(draft) == moved
    visitor.post(to, seen | {"way": "up"}, status=409)  # pressed twice
    assert order_of(draft) == moved
    visitor.post(to, {"seen": row(draft.id).text_sha256, "way": "down"})
    assert row(draft.id).text == draft.text
    page = visitor.get(f"{HOME}/{draft.id}")
    ends = [page.all("button", aria_label=f"Move {order[end]} {way}") for end, way in
            ((0, "up"), (-1, "down"))]  # fmt: skip
    assert ends == [[], []]


@pytest.mark.usefixtures("owner")
def test_a_rule_is_removed_with_the_examples_that_expect_it(visitor):
    draft = begun()
    policy, version = version_of(draft)
    gone = [each.name for each in version.examples if "NP-3.3" in each.expect["clauses"]]
    to = f"{HOME}/{draft.id}/clauses/NP-3.3/remove"
    page = visitor.get(to)
    assert page.h1 == "Remove NP-3.3?"
    assert [page.text(each) for each in page.all("li") if page.text(each) in gone] == gone
    assert gone
    visitor.post(to, page.fields)
    _, after = version_of(row(draft.id))
    assert [each.name for each in version.examples if each.name not in gone] == [
        each.name for each in after.examples
    ]
    assert "NP-3.3" not in order_of(draft)
    visitor.get(to, status=404)
    other = f"{HOME}/{draft.id}/clauses/{policy.current.fallback}/remove"
    refused = visitor.post(other, visitor.get(other).fields, status=422)
    assert "Name another rule there first." in refused.text(refused.one(class_="error-summary"))


@pytest.mark.usefixtures("owner")
def test_a_rules_number_changes_wherever_the_draft_names_it(visitor):
    draft = begun()
    to = f"{HOME}/{draft.id}/clauses/NP-3.3"
    answer = visitor.post(to, visitor.get(to).fields | {"id": "NP-3.9", "kind": "deadline"})
    assert answer.location == f"{HOME}/{draft.id}#NP-3.9"
    policy, version = version_of(row(draft.id))
    assert version.points["wrong_selection"] == ("NP-3.9",)
    assert version.clause("NP-3.9").kind == "deadline"
    assert policy.versions[0].points["wrong_selection"] == ("NP-3.3",)


@pytest.mark.usefixtures("owner")
def test_a_look_says_what_a_rule_says_and_turns_over_and_keeps_nothing(visitor):
    draft = begun()
    to = f"{HOME}/{draft.id}/clauses/NP-2.1"
    form = visitor.get(to).fields
    narrower = form["when"] + " and not order.kind = activation"
    part = visitor.post(f"{to}?look=1", form | {"when": narrower}, status=200, fragment=True)
    said = part.text(part.one(id="says-when"))
    assert part.one(id="says-when").get("hx-swap-oob") == "true"
    assert said.endswith(
        "no SMS came, you did not cancel the order, and it is not a one-time number."
    )
    turned = part.text(part.one(id="look"))
    assert "Approved, 0.50 USD (NP-2.1)" in turned
    assert "Denied" in turned
    whole = visitor.post(f"{to}?look=1", form | {"when": narrower}, status=200)
    assert whole.fields["when"] == narrower
    assert whole.text(whole.one(id="look")) == turned
    same = visitor.post(f"{to}?look=1", form, status=200, fragment=True)
    assert "every example of this version is decided as before" in same.text()
    assert row(draft.id).text == draft.text


@pytest.mark.usefixtures("owner")
def test_a_look_says_what_is_wrong_beside_the_field_while_the_rest_is_not_there_yet(visitor):
    draft = begun()
    to = f"{HOME}/{draft.id}/clauses/new/refusal"
    form = visitor.get(to).fields
    part = visitor.post(
        f"{to}?look=1", form | {"when": "order.lable = x"}, status=200, fragment=True
    )
    assert "unknown fact 'order.lable' in 'order.lable = x'" in part.text(part.one(id="says-when"))
    part = visitor.post(f"{to}?look=1", form | {"when": REFUSAL["when"]}, status=200, fragment=True)
    assert part.text(part.one(id="says-when")) == f"In plain words{SAYS}"
    assert part.text(part.one(id="look")) == "It can't be saved like this yetWording: Fill this in"
    whole = visitor.post(f"{to}?look=1", form | {"when": "order.lable = x"}, status=422)
    assert whole.errors == ["unknown fact 'order.lable' in 'order.lable = x'"]


@pytest.mark.long
@pytest.mark.usefixtures("owner")
def test_a_look_at_a_draft_that_changed_meanwhile_says_so(visitor):
    draft = begun()
    to = f"{HOME}/{draft.id}/clauses/NP-2.1"
    form = visitor.get(to).fields
    reclause(draft, "NP-3.6", {"wording": "The first."}, by=admin())
    part = visitor.post(f"{to}?look=1", form, status=200, fragment=True)
    assert "Somebody changed the draft meanwhile." in part.text(part.one(id="look"))


@pytest.mark.long
@pytest.mark.one_in(2)
@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize(
    "hostile",
    [
        "not " * 1200 + "order.kind = rental",
        "(" * 2400 + "order.kind = rental",
        " or ".join(["now <= now" + " + 1 day" * 20] * 24),
        "now <= now" + " + 1 day" * 600,
        " and ".join(["order.cancelled_by = customer"] * 140),
        "claim.reason in [" + ", ".join(["other"] * 690) + "]",
        "x" * 300_000,
    ],
    ids=["not", "brackets", "sums", "one sum", "and", "words", "long"],
)
def test_a_hostile_condition_is_read_within_its_limits(visitor, hostile):
    draft = begun()
    to = f"{HOME}/{draft.id}/clauses/NP-2.1"
    form = visitor.get(to).fields
    part = visitor.post(f"{to}?look=1", form | {"when": hostile}, status=200, fragment=True)
    assert part.text(part.one(id="look"))
    assert row(draft.id).text == draft.text


@pytest.mark.usefixtures("owner")
def test_the_facts_at_hand_are_found_by_name_meaning_and_word(visitor):
    page = visitor.get(f"{HOME}/facts")
    assert "order.expires_at" in page.text()
    found = visitor.get(f"{HOME}/facts?q=SWITCHED", fragment=True)
    names = [found.text(each) for each in found.all("code")]
    assert "order.disconnected_by" in names
    assert "order.price" not in names
    assert "customer, operator, provider" in names
    nothing = visitor.get(f"{HOME}/facts?q=no+such+thing")
    assert "No fact has that" in nothing.text()


@pytest.mark.usefixtures("app")
def test_every_way_to_test_a_fact_that_is_at_hand_is_a_condition():
    calendar = governing().policy.calendar
    for found in facts().values():
        for each in found:
            assert condition(each.test, calendar).reads[0] == each.name


def checked(draft, pastes):
    """The check found that these examples are lacking, and has them ready."""
    answer = answered(draft, DraftQuestion.CHECK, clean=False)
    problem = {"kind": "clause without an example", "clause": "NP-2.1", "line": 9, "claim": None}
    result = {
        "clean": False,
        "problems": [problem | {"text": "no example", "paste": each} for each in pastes],
        "notes": [],
        "precedences": [],
    }
    with transaction():
        db.session.merge(answer).result = result


def ready(draft, *names):
    """Examples as the check has them ready."""
    policy, version = version_of(draft)
    case = version.examples[0].given
    decision = decide(parse(case), policy, version)
    return [as_toml(name, case, decision, version) for name in names]


@pytest.mark.usefixtures("owner")
def test_a_ready_example_of_the_check_is_added_by_a_button(visitor):
    draft = begun()
    checked(draft, [*ready(draft, "First", "Second"), None])
    page = visitor.get(f"{HOME}/{draft.id}/check")
    forms = page.all("form", action=f"{HOME}/{draft.id}/examples")
    assert [page.text(each) for each in forms] == [
        "Add all 2 ready examples", "Add this example", "Add this example",
    ]  # fmt: skip
    to, seen = f"{HOME}/{draft.id}/examples", {"seen": draft.text_sha256}
    visitor.post(to, seen | {"which": ["1"]})
    _, version = version_of(row(draft.id))
    assert version.examples[-1].name == "Second"
    assert row(draft.id).text.startswith(draft.text.rstrip("\n"))
    visitor.post(to, seen | {"which": ["1"]}, status=409)  # pressed twice
    draft = row(draft.id)
    checked(draft, ready(draft, "Third", "Fourth"))
    visitor.post(to, {"seen": draft.text_sha256, "which": ["0", "1", "7"]})
    _, version = version_of(row(draft.id))
    assert [each.name for each in version.examples[-3:]] == ["Second", "Third", "Fourth"]
    assert [event.deed for event in row(draft.id).events][-1] is Deed.ADD_EXAMPLE


@pytest.mark.long
@pytest.mark.usefixtures("owner")
def test_an_example_that_a_draft_turns_over_can_expect_what_it_says(visitor):
    draft = begun()
    assert visitor.get(f"{HOME}/{draft.id}").all(id="examples") == []
    _, before = version_of(draft)
    narrower = before.clause("NP-2.1").when.text + " and now >= order.expires_at + 20 minutes"
    reclause(draft, "NP-2.1", {"when": narrower})
    page = visitor.get(f"{HOME}/{draft.id}")
    forms = page.all("form", action=f"{HOME}/{draft.id}/examples/expect")
    assert forms
    (line,) = (each for each in rows_of(page) if each[0] == "the order expires this second")
    assert line[1] == "Approved, 0.50 USD (NP-2.1)"
    assert line[2].startswith("Denied (")
    to = f"{HOME}/{draft.id}/examples/expect"
    for box in page.all("input", name="example"):
        visitor.post(to, {"seen": row(draft.id).text_sha256, "example": box.get("value")})
    page = visitor.get(f"{HOME}/{draft.id}")
    assert page.all("form", action=to) == []
    visitor.post(to, {"seen": row(draft.id).text_sha256, "example": "none"}, status=409)


def test_whoever_changed_rules_or_examples_cannot_publish_the_draft(visitor, owner):
    draft = begun(by=admin())
    to = f"{HOME}/{draft.id}/clauses/NP-3.3/move"
    visitor.post(to, {"seen": draft.text_sha256, "way": "up"})
    visitor.post(to, {"seen": row(draft.id).text_sha256, "way": "down"})
    reclause(row(draft.id), "NP-3.6", {"wording": "Another's."}, by=admin())
    draft = row(draft.id)
    reasons = publishing.hindrances(draft, read_of(draft), governing=governing(), by=owner, at=NOW)
    assert "You wrote some of this text. Another lead has to publish it." in reasons
