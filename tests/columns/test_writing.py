import random

import numpy as np
import pytest

from portal.columns.writing import Extent, manifest, writing
from portal.policy.deciding.case import parse
from portal.policy.facts.table import ALL, UNKNOWN, Source, Type
from portal.policy.file.reading import shops
from portal.replay.cases import Cases
from portal.replay.reading import Copied
from tests.policy.cases_for import ACTIVATION, BALANCE, RENTAL, changed
from tests.policy.generated import claim, hidden

SHOP = "numberplug"
POLICY = shops()[SHOP]


def add(folder, *given, source="here", mark=1):
    """Add claims, each a number with its case."""
    with writing(folder, source=source, wait=True) as copy:
        for number, case in given:
            copy.add(SHOP, number, parse(case))
        copy.keep(mark)
    return manifest(folder)


def copied(folder):
    return Copied(folder, SHOP, manifest(folder).shops[SHOP])


def said(case):
    """What of a case is copied: no text but its length, and nothing of the logs' texts."""
    facts = {}
    for fact, value in zip(ALL, case.facts, strict=True):
        if fact.type is Type.TEXT:
            if fact.source is not Source.LOGS:
                facts[fact.name] = value if value is UNKNOWN else len(value.strip())
        else:
            facts[fact.name] = value
    tops = [(each.at, each.amount, each.method_refundable) for each in case.top_ups]
    return facts, tops, case.purchases, case.absent, case.submitted_at


def test_what_was_copied_is_the_case_again_but_for_its_texts(tmp_path):
    rng = random.Random(3)
    given = []
    for policy in shops().values():
        cases = [claim(rng, policy) for _ in range(40)]
        given += cases + [hidden(rng, case)[0] for case in cases]
    add(tmp_path, *enumerate(given, start=1))
    copy = copied(tmp_path)
    found = Cases(copy.facts(0, copy.count)).at(range(copy.count))
    for case, row in zip(found, copy.rows, strict=True):
        assert said(case) == said(parse(given[row]))


def test_the_files_hold_no_text_of_the_customer(tmp_path):
    case = changed(ACTIVATION, {"claim.description": "SECRET-WORDS", "account.email": "EVE@X.Y"})
    add(tmp_path, (1, case))
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"SECRET" not in content
    assert b"EVE" not in content
    assert b"ana@" not in content


def test_the_last_row_of_a_claim_counts(tmp_path):
    add(tmp_path, (7, ACTIVATION), (8, BALANCE), (7, RENTAL))
    add(tmp_path, (9, ACTIVATION), (8, ACTIVATION))
    copy = copied(tmp_path)
    claims = copy.column("claim_id").tolist()
    reasons = {
        number: word for word, start, end in copy.by_reason() for number in claims[start:end]
    }
    assert reasons == {7: "rental_outage", 8: "sms_not_received", 9: "sms_not_received"}


def test_what_a_crash_left_beyond_the_manifest_is_written_over(tmp_path):
    before = add(tmp_path, (1, BALANCE), (2, ACTIVATION))
    kept = (tmp_path / "manifest.json").read_bytes()
    add(tmp_path, (3, BALANCE), (4, BALANCE), mark=2)
    (tmp_path / "manifest.json").write_bytes(kept)  # the crash came before the new one was in place
    assert manifest(tmp_path) == before
    assert copied(tmp_path).count == 2
    after = add(tmp_path, (5, BALANCE), mark=3)
    assert after.shops[SHOP] == Extent(3, {"top_ups": 2, "purchases": 0})
    copy = copied(tmp_path)
    assert sorted(copy.column("claim_id").tolist()) == [1, 2, 5]
    assert copy.facts(0, 3).rows("top_ups").columns["amount"].tolist() == [1000, 1000]


def test_a_broken_manifest_or_one_of_another_layout_begins_again(tmp_path):
    add(tmp_path, (1, ACTIVATION))
    path = tmp_path / "manifest.json"
    for text in (path.read_text().replace("order.price", "order.cost"), "{"):
        path.write_text(text)
        assert manifest(tmp_path).shops == {}
    assert add(tmp_path, (2, ACTIVATION)).shops[SHOP].rows == 1


def test_the_copy_of_another_source_begins_again(tmp_path):
    add(tmp_path, (1, ACTIVATION), mark=44)
    again = add(tmp_path, (2, RENTAL), source="elsewhere", mark=2)
    assert (again.source, again.mark, again.shops[SHOP].rows) == ("elsewhere", 2, 1)
    assert copied(tmp_path).column("claim_id").tolist() == [2]


def test_a_second_writer_is_turned_away_while_one_writes(tmp_path):
    with (
        writing(tmp_path, source="here", wait=True),
        writing(tmp_path, source="here", wait=False) as second,
    ):
        assert second is None
    with writing(tmp_path, source="here", wait=False) as second:
        assert second is not None


def test_an_amount_that_no_column_holds_is_counted_and_left_out(tmp_path):
    huge = changed(ACTIVATION, {"order.price": {"amount": "9000000.5", "currency": "ETH"}})
    found = add(tmp_path, (1, huge), (2, ACTIVATION))
    assert found.shops[SHOP] == Extent(1, {"top_ups": 0, "purchases": 0}, left_out=1)


@pytest.mark.parametrize("rows", [1, 2])
def test_lists_stay_with_their_claims_whatever_rows_are_asked_for(tmp_path, rows):
    two = changed(BALANCE, {"top_ups": [BALANCE["top_ups"][0]] * 2})
    add(tmp_path, (1, two), (2, BALANCE), (3, changed(BALANCE, {"top_ups": []})))
    facts = copied(tmp_path).facts(0, 3)
    assert facts.rows("top_ups").owner.tolist() == [0, 0, 1]
    some = facts.of(np.array([2, 1, 0, 1][-rows:]))
    assert some.rows("top_ups").owner.tolist() == ([0] if rows == 1 else [0, 0, 1])
