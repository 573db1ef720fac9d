"""Twenty like claims are decided in four presses, and two who decide them at once decide each of them once."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from portal.claims.desk.groups import Group, listed
from portal.claims.lifecycle import Action, Actor, Status
from portal.demo.people import DANA, MARTA
from tests.claims.desk.like_claims import denied
from tests.journeys.people import at, follow, press, whole
from tests.journeys.shops import scripts_by_turns

COUNT, MOST_PRESSES = 20, 6
GROUP = Group("sms-service", "deny", "SS-N3")
LIST = "/review/alike/{}/{}/{}".format(*GROUP)
# What a person presses is counted by the browser, from page to page; what a script presses is not.
COUNTING = """addEventListener('click', event => {
  if (event.isTrusted) localStorage.setItem('presses', 1 + Number(localStorage.getItem('presses')))
}, true)"""


def like_claims(portal):
    """So many like claims, sent just now: their references."""
    with portal.app_context():
        return [claim.reference for claim in denied(COUNT, at=datetime.now(UTC))]


def decisions(portal, references):
    """Who decided each claim, a list for each, all of them declined."""
    with portal.app_context():
        claims = listed(references, shop=GROUP.shop)
        assert {claim.status for claim in claims} == {Status.DECLINED}
        return [
            [
                e.reviewer.name
                for e in claim.events
                if e.role is Actor.REVIEWER and e.action is Action.DECLINE
            ]
            for claim in claims
        ]


def of_these(page, table, references):
    """The lines of a table about these claims: reference -> what else it says."""
    rows = page.get_by_role("table", name=table, exact=True).locator("tbody tr")
    found = (row.split("\n", 1) for row in rows.all_inner_texts())
    told = {
        first[-9:]: " ".join(rest).strip()
        for first, *rest in ([part.strip() for part in row] for row in found)
    }
    return {each: told[each] for each in references if each in told}


@pytest.mark.long
def test_twenty_like_claims_are_decided_in_four_presses(staff, portal):
    references = like_claims(portal)
    dana = staff(DANA)
    dana.context.add_init_script(COUNTING)
    dana.goto("/review")
    follow(dana, "Decide like claims together")
    link = dana.locator(f"a[href='{LIST}']")
    with dana.expect_navigation():
        link.click()
    whole(dana)
    total = dana.locator("#total").inner_text()
    count = int(re.match(r"\d+", total).group())
    assert count >= COUNT
    press(dana, "Look at the total")
    press(dana, f"Decline {count} claims by clause {GROUP.clause}")
    at(dana, f"Decided together: {GROUP.clause}")
    expect(dana.locator(".heading")).to_contain_text(f"{count} declined")
    presses = int(dana.evaluate("localStorage.getItem('presses')"))
    assert presses == 4 <= MOST_PRESSES
    assert decisions(portal, references) == [["Dana Reyes"]] * COUNT
    dana.reload()
    press(dana, "Undo all")
    expect(dana.locator(".heading")).to_contain_text(f"{count} undone")


@pytest.mark.long
@scripts_by_turns(0)
def test_the_total_is_seen_before_with_scripts_and_without(staff, portal, scripts):
    references = like_claims(portal)
    dana = staff(DANA, java_script_enabled=scripts)
    dana.goto(f"{LIST}?ticked=none")
    dana.get_by_role("checkbox", name=references[3]).check()
    if scripts:
        expect(dana.locator("#total")).to_have_text("1 claim is ticked")
    press(dana, "Look at the total")
    expect(dana.locator("main")).to_contain_text(
        f"The letter to the first of them, {references[3]}"
    )
    press(dana, f"Decline 1 claim by clause {GROUP.clause}")
    expect(dana.locator(".heading")).to_contain_text("1 declined")
    press(dana, f"Undo {references[3]}")
    expect(dana.locator(".heading")).to_contain_text("1 undone")


@pytest.mark.long
def test_two_who_decide_the_same_claims_at_once_decide_each_once(staff, portal):
    references = like_claims(portal)
    pages = {"Dana Reyes": staff(DANA), "Marta Nowak": staff(MARTA)}
    for page in pages.values():
        page.goto(LIST)
        press(page, "Look at the total")
    for page in pages.values():  # neither waits for the other's answer
        page.evaluate("document.querySelector('.decision-bar button').click()")
    for page in pages.values():
        at(page, f"Decided together: {GROUP.clause}")
    (dana, hers), (marta, others) = pages.items()
    decided = decisions(portal, references)
    assert sorted(map(len, decided)) == [1] * COUNT
    for mine, page, theirs in ((dana, hers, marta), (marta, others, dana)):
        done = {each for each, by in zip(references, decided, strict=True) if by == [mine]}
        told = of_these(page, "Not decided", references)
        assert told == dict.fromkeys(set(references) - done, f"{theirs} declined it meanwhile.")
