"""An example becomes the beginning of a shop's own policy: its words, its prefix, its money."""

from dataclasses import replace
from datetime import date

import pytest

from portal.policy.file import reading
from portal.policy.file.places import SHOPS
from portal.policy.text import editing
from portal.shops.opening import examples
from portal.shops.template import NotAPrefix, OwnShop, beginning, initials
from tests.sizes import part

TODAY = date(2026, 11, 26)
PIGEON = OwnShop("pigeon", 'Pigeon "SMS"', "EUR", "PS", "refunds@pigeon.example", "Europe/Berlin")


def begun(example, shop=PIGEON):
    """The policy that an example becomes."""
    text = examples()[example].read_text()
    return reading.read(beginning(text, shop, in_force=TODAY).encode(), "pigeon.toml")


@pytest.mark.long
@pytest.mark.one_in(4)
@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("example", "currency"),
    [
        (example, currency)
        for place, example in enumerate(examples())
        for currency in part(["EUR", "JPY", "KWD"], place, every=3)
    ],
)
def test_every_example_begins_a_shop_that_decides_as_it_does(example, currency):
    policy = begun(example, replace(PIGEON, currency=currency))
    (version,) = policy.versions
    assert (policy.id, policy.shop.name, policy.shop.currency) == ("pigeon", PIGEON.name, currency)
    assert policy.shop.sender.email == "refunds@pigeon.example"
    assert (version.in_force, str(policy.calendar.zone)) == (TODAY, "Europe/Berlin")
    assert {clause.id.partition("-")[0] for clause in version.clauses} == {"PS"}
    ids = [clause.id.partition("-")[2] for clause in version.clauses]
    model = reading.load(examples()[example]).versions[-1]
    assert ids == [clause.id.partition("-")[2] for clause in model.clauses]
    text = beginning(examples()[example].read_text(), PIGEON, in_force=TODAY)
    assert example not in text


def test_a_name_or_an_address_that_holds_the_examples_id_stays_as_it_was_given():
    given = {"name": "The numberplug of NumberPlug", "email": "hi@numberplug.example.org"}
    shop = begun("numberplug", replace(PIGEON, **given)).shop
    assert (shop.name, shop.sender.email) == (given["name"], given["email"])


def test_only_the_newest_version_of_an_example_is_taken():
    text = (SHOPS / "numberplug.toml").read_text()
    two = editing.with_copy(text, date(2025, 10, 20), date(2026, 2, 1))
    two = two.replace('effect = "inform"', 'effect = "inform"\nreading = "The older one."', 1)
    begun_from = beginning(two, PIGEON, in_force=TODAY)
    assert (begun_from.count("[[version]]"), "The older one." in begun_from) == (1, False)


@pytest.mark.parametrize(("currency", "limit"), [("EUR", "5.00"), ("JPY", "500"), ("KWD", "5.000")])
def test_amounts_have_the_decimals_of_the_money(currency, limit):
    shop = begun("numberplug", replace(PIGEON, currency=currency)).shop
    assert shop.automatic_limit.as_json() == {"amount": limit, "currency": currency}


@pytest.mark.parametrize(
    ("name", "prefix"),
    [("Pigeon SMS", "PS"), ("Acme", "AC"), ("5 Sim Numbers", "SH"), ("Ёлка", "SH")],
)
def test_a_prefix_comes_from_the_name(name, prefix):
    assert initials(name) == prefix


def test_what_can_not_stand_before_a_number_is_refused():
    with pytest.raises(NotAPrefix):
        begun("numberplug", replace(PIGEON, prefix="a-"))
