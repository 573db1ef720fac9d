"""Whatever is typed into any input comes out as text on every page that shows it: in a browser, nothing runs."""

import json

import pytest

from tests.journeys.sweep.asking import ANYBODY, STAFF, ask
from tests.journeys.sweep.company import VIEWS, Company
from tests.journeys.sweep.payloads import ALL
from tests.journeys.sweep.policies import look, published
from tests.journeys.sweep.stories import STORIES
from tests.journeys.sweep.viewing import View
from tests.sizes import part

SHOPS = ("sms-service", "client-numbers", "didvirtualnumbers", "numberplug", "activation-claims")
LOT = 20  # payloads in one input that takes several lines
# What a template of ours, or htmx itself, says of how htmx behaves; the rest is its default.
SET = {"history": "reload", "includeIndicatorCSS": False, "defaultSwap": "outerHTML"}
WHOLE = 3600  # seconds

pytestmark = [pytest.mark.long, pytest.mark.any_database]


def places(place):
    """Each payload; in the daily run every tenth, and others in each test."""
    return part(list(range(len(ALL))), place, every=10)


def lots(found, most=LOT):
    """Those, so many together."""
    return [found[at : at + most] for at in range(0, len(found), most)]


def nothing_ran(stage, view, record_property, *, missed=()):
    """No page did anything but show its text, and each input that took a payload was seen to.

    ``missed`` are those that may be missing, or lead elsewhere.
    """
    assert view.hits == []
    assert view.reader.canary.calls == []
    assert view.missed <= set(missed)
    for config in view.configs:
        assert json.loads(config).items() >= SET.items()
    assert len(view.configs) == 1
    assert set(stage.taken) - {field for field, _ in view.shown} == set()
    record_property("figure", told(view))


def told(view):
    """How many payloads went into how many inputs, and how often they were read whole, on how many pages and letters."""
    read = view.shown.items()
    payloads, inputs = set().union(*view.shown.values()), {field for (field, _), _ in read}
    return (
        f"{len(payloads)} payloads in {len(inputs)} inputs, read whole"
        f" {sum(len(places) for _, places in read)} times on {view.opened.total()} pages and letters"
    )


def test_there_are_two_hundred_payloads_and_each_names_the_canary():
    assert len(set(ALL)) == len(ALL) >= 200
    assert [text for text in ALL if "CANARY" not in text] == []


@pytest.mark.exhaustive
@pytest.mark.soak
def test_words_about_claims_come_out_as_text(stage, watch, record_property):
    view = View(watch, stage)
    for number, lot in enumerate(lots(places(0))):
        stage.turn_to(*lot)
        for story in STORIES:
            story(stage, view, number)
        view.mails()
    for path in ("/review?status=all", "/review/activity", "/mailbox"):
        view.through("lists", path)
    nothing_ran(stage, view, record_property)


@pytest.mark.exhaustive
@pytest.mark.soak
@pytest.mark.timeout(WHOLE)  # of the test itself, or that of every journey is nearer
def test_names_and_references_come_out_as_text(stage, watch, record_property):
    view = View(watch, stage)
    company = Company(stage, view)
    for lot in lots(places(3), VIEWS):
        for place in lot:
            stage.turn_to(place)
            company.pay(place)
            company.name(place)
        view.mails()
        company.look_at_few()
    company.look_round()
    nothing_ran(stage, view, record_property)


@pytest.mark.exhaustive
@pytest.mark.soak
def test_addresses_and_refused_forms_come_back_as_text(stage, watch, record_property):
    view = View(watch, stage)
    found = places(6)
    for lot in lots(found):
        stage.turn_to(*lot)
        ask(stage, view, stage.visitor())
    nothing_ran(stage, view, record_property, missed={sink for sink, _ in (*ANYBODY, *STAFF)})
    for field in ("address", "refused"):
        read = [places for (seen, _), places in view.shown.items() if seen == field]
        assert set().union(*read) == set(found)


@pytest.mark.exhaustive
@pytest.mark.soak
def test_words_of_policies_come_out_as_text(stage, watch, record_property):
    view = View(watch, stage)
    for turn, shop in enumerate(SHOPS):
        found = places(turn)
        look(view, shop, *published(stage, shop, found[turn * len(found) // len(SHOPS) :] + found))
    nothing_ran(stage, view, record_property)
