"""The schema of a policy file: published, kept by the five shops, and read by all that goes by it."""

import json
import tomllib
from datetime import date

import pytest

from portal.policy.file.json_schema import json_schema
from portal.policy.file.places import SHOPS, shop_files
from portal.policy.file.schema import CLAUSES
from portal.policy.language.calendar import Calendar
from portal.policy.language.clause import Amount, Clause, Destination, Effect
from portal.policy.language.closures import condition, instant
from portal.web.policies.clause_keys import SAID
from portal.words.aspects import aspects
from tests.policy.file.schemas import SCHEMAS, validator

NUMBERPLUG = tomllib.loads((SHOPS / "numberplug.toml").read_text(encoding="utf-8"))


def as_json(value):
    """A file's content with its dates as JSON has them."""
    return json.loads(json.dumps(value, default=date.isoformat))


def test_the_published_schema_is_the_one_that_files_are_read_by(app):
    published = (SCHEMAS / "policy.schema.json").read_text(encoding="utf-8")
    printed = app.test_cli_runner().invoke(args=["policy", "schema"])
    assert (printed.exit_code, printed.output) == (0, published)
    assert json.loads(published) == json_schema()


@pytest.mark.one_in(4)
@pytest.mark.parametrize("path", shop_files(), ids=lambda path: path.stem)
def test_the_file_of_each_shop_fits_it(path):
    validator("policy").validate(as_json(tomllib.loads(path.read_text(encoding="utf-8"))))


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("shop", "curency", "USD"),
        ("shop", "appeal_days", "14"),
        ("shop", "payout_methods", ["cash"]),
        ("reason", "code", "no_reason"),
        ("version", "top_up_window", 7),
        ("clause", "effect", "approve"),  # of a kind that can't
        ("clause", "kind", None),
        ("clause", "amount", "full price"),  # of a clause that pays nothing
        ("clause", "deadlines", {"soon": "now"}),
    ],
)
def test_what_the_portal_refuses_does_not_fit_it(part, key, value):
    file = as_json(NUMBERPLUG)
    table = {
        "shop": file["shop"],
        "reason": file["reason"][0],
        "version": file["version"][0],
        "clause": file["version"][0]["clause"][0],
    }[part]
    table[key] = value
    if value is None:
        del table[key]
    assert not validator("policy").is_valid(file)


def keys(effect):
    return set(CLAUSES[effect].model_fields) - {"effect"}


def test_the_form_has_a_field_for_each_key_and_no_others():
    shown = {each.key.partition(".")[0] for each in SAID}
    assert shown == {key for effect in Effect for key in keys(effect)}


def test_each_key_is_told_where_two_versions_differ():
    calendar = Calendar(None, frozenset(range(5)), None)
    test, moment = condition("order.operational", calendar), instant("order.expires_at", calendar)
    plain = Clause(id="X", part="", wording="", kind="excluded", effect=Effect.DENY)
    pays = Clause(id="X", part="", wording="", kind="eligible", effect=Effect.APPROVE,
                  when=test, amount=Amount.FULL, destination=Destination.BALANCE)  # fmt: skip
    said = {
        "wording": "x", "part": "x", "reading": "x", "because": "x", "when": test, "finding": test,
        "person_when": test, "opens": moment, "amount": Amount.FULL, "destination": Destination.ASKED,
        "remedy_asked": True, "automatic": True, "evidence": True, "also": ("Y",), "yields_to": ("Y",),
        "beats": ("Y",), "requires": ("claim.description",), "requires_for_payout": ("claim.payout",),
        "only_unsettled": True, "deadlines": {"review_due": moment}, "on": Destination.PAYOUT,
        "reversed": pays, "description_length": 30, "confirmed": "payout", "refused": "deny",
    }  # fmt: skip
    assert set(said) == {key for effect in Effect for key in keys(effect)} - {"id", "kind"}
    given = {
        "description_length": {"requires": ("claim.description",)},
        "refused": {"finding": test},
    }
    untold = []
    for key, value in said.items():
        before = {field: getattr(plain, field) for field in Clause.__dataclass_fields__}
        before |= given.get(key, {})
        if aspects(Clause(**before)) == aspects(Clause(**before | {key: value})):
            untold.append(key)
    assert untold == ["confirmed"]  # it is "payout", and nothing else
