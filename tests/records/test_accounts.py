"""Accounts by their address, by the shop's own id, or by both: whose an order is, and nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import pytest
from sqlalchemy import select

from portal.claims.decisions.ownership import CLAIMED
from portal.database import transaction
from portal.extensions import db
from portal.money import Money
from portal.records.importer import import_file
from portal.records.looking import DAY_OF_CHANGES
from portal.records.models import AT_ONCE, Account, Order
from portal.records.problems import FileRefused
from portal.records.queries import charge_for_top_ups, facts_for_balance, held_order
from portal.records.storing.rows import ImportCount
from tests import factories
from tests.records.importing import lines, problems, take

SHOP = "numberplug"
ORDERED = "2026-03-02T10:00:00Z"
MINE = {"status": "active", "fraud_flag": False, "identity_documents": "not_required"}


def account(**given):
    return {"record": "account"} | given


def order(reference="A-1", **given):
    return {"record": "order", "reference": reference} | given


def top_up(reference="T-1", **given):
    return {"record": "top_up", "reference": reference, "at": ORDERED, "amount": "10.00",
            "currency": "USD"} | given  # fmt: skip


def accounts():
    db.session.rollback()
    found = db.session.scalars(select(Account).order_by(Account.id))
    return [(each.email, each.account_id, each.status) for each in found]


def holds(email=None, account_id=None, reference="A-1"):
    return held_order(SHOP, reference, email, account_id) is not None


def test_an_account_known_by_the_shops_id_alone_owns_the_orders_that_name_it(app):
    take(lines(account(id="u-17"), order(account_id="u-17"), order("A-2", account_id="u-18")))
    assert accounts() == [(None, "u-17", "active")]
    found = held_order(SHOP, "a1", None, "u-17")
    assert (found.reference, found.holder) == ("A-1", (None, "u-17"))
    assert not holds(account_id="u-17", reference="A-2")
    assert not holds(account_id="U-17")
    assert not holds(account_id="")
    assert not holds(email="")
    assert not holds()
    assert not holds(email="u-17")
    assert held_order("sms-service", "A-1", None, "u-17") is None


def test_an_account_with_both_names_owns_what_gives_either(app):
    take(
        lines(
            account(id="u-17", email="Ana@example.org"),
            order("A-1", account_id="u-17"),
            order("A-2", account_email="ana@example.org"),
            order("A-3", account_email="ana@example.org", account_id="u-17"),
        )
    )
    for reference in ("A-1", "A-2", "A-3"):
        assert holds("ana@example.org", reference=reference), reference
        assert holds(account_id="u-17", reference=reference), reference
        assert not holds("bo@example.org", reference=reference), reference
        assert not holds("bo@example.org", "u-18", reference=reference), reference


def test_where_an_order_gives_both_names_the_id_says_whose_it_is(app):
    take(
        lines(
            account(id="u-17", email="new@example.org"),
            order(account_id="u-17", account_email="old@example.org"),
        )
    )
    assert holds("new@example.org")
    assert holds("old@example.org", "u-17")
    assert not holds("old@example.org")
    assert not holds("new@example.org", "u-18")


def test_an_order_of_an_account_that_is_not_on_record_is_held_by_either_name(app):
    take(lines(order(account_id="u-17", account_email="ana@example.org")))
    assert holds("ana@example.org")
    assert holds(account_id="u-17")
    assert not holds("ana@example.org", "u-18")


def test_a_row_with_both_names_names_the_account_that_was_known_by_one(app):
    take(lines(account(email="ana@example.org"), account(id="u-18")))
    counts = take(
        lines(
            account(email="ana@example.org", id="u-17", status="blocked"),
            account(email="bo@example.org", id="u-18"),
            account(email="cy@example.org", id="u-19"),
        )
    )
    assert counts["account"] == ImportCount(created=1, changed=2)
    assert accounts() == [
        ("ana@example.org", "u-17", "blocked"),
        ("bo@example.org", "u-18", "active"),
        ("cy@example.org", "u-19", "active"),
    ]


def test_two_accounts_that_were_one_all_along_become_one(app):
    take(lines(account(email="ana@example.org"), account(id="u-17"),
               order("A-1", account_id="u-17"),
               order("A-2", account_email="ana@example.org")))  # fmt: skip
    take(lines(account(email="ana@example.org", id="u-17")))
    assert accounts() == [("ana@example.org", "u-17", "active")]
    assert holds("ana@example.org", reference="A-1")
    assert holds(account_id="u-17", reference="A-2")


@pytest.mark.parametrize("again", [{"id": "u-17"}, {"email": "ana@example.org"}])
def test_an_account_keeps_the_name_that_a_later_row_leaves_out(app, again):
    both = account(id="u-17", email="ana@example.org")
    take(lines(both))
    assert take(lines(account(**again)))["account"] == ImportCount(unchanged=1)
    assert take(lines(both))["account"] == ImportCount(unchanged=1)
    assert accounts() == [("ana@example.org", "u-17", "active")]


def test_an_address_that_went_to_another_account_opens_nothing_of_the_first(app):
    take(lines(account(id="u-17", email="ana@example.org"),
               order("A-1", account_id="u-17", account_email="ana@example.org"),
               top_up(account_id="u-17", account_email="ana@example.org")))  # fmt: skip
    take(lines(account(id="u-18", email="ana@example.org"), order("A-2", account_id="u-18")))
    assert accounts() == [(None, "u-17", "active"), ("ana@example.org", "u-18", "active")]
    assert not holds("ana@example.org", reference="A-1")
    assert holds(account_id="u-17", reference="A-1")
    assert holds("ana@example.org", reference="A-2")
    assert "top_ups" not in facts_for_balance(SHOP, "ana@example.org")
    assert len(facts_for_balance(SHOP, None, "u-17")["top_ups"]) == 1


def test_two_accounts_may_swap_their_addresses_in_one_file(app):
    take(lines(account(id="u-1", email="a@example.org"), account(id="u-2", email="b@example.org")))
    swapped = [account(id="u-1", email="b@example.org"), account(id="u-2", email="a@example.org")]
    assert take(lines(*swapped))["account"] == ImportCount(changed=2)
    assert accounts() == [("b@example.org", "u-1", "active"), ("a@example.org", "u-2", "active")]
    assert take(lines(*swapped))["account"] == ImportCount(unchanged=2)


def test_an_address_is_taken_from_an_account_whose_own_row_leaves_it_out(app):
    take(lines(account(id="u-1", email="a@example.org")))
    take(lines(account(id="u-1"), account(id="u-2", email="a@example.org")))
    assert accounts() == [(None, "u-1", "active"), ("a@example.org", "u-2", "active")]


def test_one_file_gives_neither_an_id_nor_an_address_to_two(app):
    said = "is on line 1 already, with other contents: keep the row that is true"
    one = account(id="u-1", email="a@example.org")
    assert problems(lines(one, account(id="u-1", email="b@example.org"))) == [(2, "id", said)]
    assert problems(lines(one, account(id="u-2", email="a@example.org"))) == [(2, "email", said)]
    assert problems(lines(one, account(id="u-1"))) == [(2, "id", said)]
    assert take(lines(one, one))["account"] == ImportCount(created=1, unchanged=1)


def test_a_row_that_names_nobody_is_refused(app):
    said = "is missing: write the e-mail address of the account, or the shop's own id of it"
    rows = lines(account(status="active"), order(), top_up())
    assert problems(rows) == [
        (1, "email", said),
        (2, "account_email", said),
        (3, "account_email", said),
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("7.5E+07", "was shortened by a spreadsheet: make the column text there and write every digit"),
        ("u" * 81, "write 80 characters at most"),
        ("4111 1111 1111 1111", "holds a card number, which is never kept: take it out of the file"),
        (17, "write the value as text, in quotes"),
        ("a\x07b", "take the control characters out"),
    ],
)  # fmt: skip
def test_an_id_that_cant_be_one_is_refused(app, given, said):
    assert problems(lines(account(id=given))) == [(1, "id", said)]


def test_ids_come_in_as_csv_too(app):
    take("record,id,account_id,reference\naccount,8123456,,\norder,,8123456,A-1\n")
    assert holds(account_id="8123456")


def test_a_balance_is_of_what_names_the_account_by_either_name(app):
    take(
        lines(
            account(id="u-17", email="ana@example.org"),
            top_up("T-1", account_id="u-17", charge="ch_1"),
            top_up("T-2", account_email="ana@example.org"),
            top_up("T-3", account_id="u-18", account_email="ana@example.org"),
            account(id="u-19"),
            top_up("T-4", account_id="u-19"),
        )
    )
    for named in (("ana@example.org", None), (None, "u-17"), ("other@example.org", "u-17")):
        facts = facts_for_balance(SHOP, *named)
        assert facts["account"] == {"id": "u-17", "email": "ana@example.org"} | MINE
        assert [each["reference"] for each in facts["top_ups"]] == ["T-1", "T-2"]
        assert charge_for_top_ups(SHOP, *named, amount=Money(1000, "USD")) == "ch_1"
    assert facts_for_balance(SHOP, None, "u-19")["account"] == {"id": "u-19"} | MINE
    assert facts_for_balance(SHOP, None, "u-18") is None
    assert facts_for_balance(SHOP, "ana@example.org", "u-18") is None
    assert facts_for_balance(SHOP) is None


def test_what_changes_of_an_account_has_its_orders_looked_at_again_by_either_name(app):
    take(lines(account(id="u-17", email="ana@example.org"), order("A-1", account_id="u-17"),
               order("A-2", account_email="ana@example.org"),
               order("A-3", account_email="bo@example.org")))  # fmt: skip
    with transaction():
        db.session.execute(db.update(Order).values(look_at=None))
    take(lines(account(id="u-17", status="blocked")))
    looks = dict(db.session.execute(select(Order.reference, Order.look_at)).all())
    assert {each for each, at in looks.items() if at and at < AT_ONCE + DAY_OF_CHANGES} == {
        "A-1",
        "A-2",
    }
    assert looks["A-3"] is None


# --- while a claim is about it


def give(*rows):
    with transaction():
        content = BytesIO(lines(*rows).encode())
        import_file(factories.SHOP, content, at=datetime.now(UTC), claimed=CLAIMED)


def refused(*rows):
    with pytest.raises(FileRefused) as told:
        give(*rows)
    return str(told.value)


def test_a_claimed_order_stays_with_its_account_however_that_is_named(app):
    give(account(id="u-17", email=factories.EMAIL), order("A-1001", account_id="u-17"))
    factories.claim()
    give(order("A-1001", account_email=factories.EMAIL))
    give(order("A-1001", account_email=factories.EMAIL, account_id="u-17"))
    give(order("A-1001", account_id="u-17"))
    said = (
        "a claim is about order A-1001, which the records have for another account: leave it out,"
        " or settle whose it is first"
    )
    assert refused(order("A-1001", account_id="u-18")) == f"line 1, account_id: {said}"
    both = order("A-1001", account_id="u-18", account_email=factories.EMAIL)
    assert refused(both) == f"line 1, account_email: {said}"
    assert refused(order("A-1001", account_email="bo@example.org")) == (
        f"line 1, account_email: {said}"
    )


def test_a_top_up_stays_with_an_account_known_by_the_id_alone_while_its_balance_is_claimed(app):
    give(account(id="u-17"), top_up(account_id="u-17"))
    factories.claim(reason="unused_balance", email=None, account_id="u-17")
    give(top_up(account_id="u-17"))
    assert refused(top_up(account_id="u-18")) == (
        "line 1, account_id: a claim is about the balance with top-up T-1, which the records have"
        " for another account: leave it out, or settle whose it is first"
    )
